/** What every object that is registered says to the provider; drift writes the same. */
export { fieldManager, withAnnotations, withFieldManager } from "../core/mesh/deployed-objects.ts";
