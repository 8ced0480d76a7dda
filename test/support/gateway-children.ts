/** Outline of what every gateway of ours consists of: the same eight objects under each component. */
export function gatewayChildren(component: string, gateway: string): string[] {
  return [
    `apps/v1:Deployment`,
    `autoscaling/v2:HorizontalPodAutoscaler`,
    `core/v1:Service`,
    `core/v1:ServiceAccount`,
    `networking.istio.io/v1:Gateway`,
    `policy/v1:PodDisruptionBudget`,
    `rbac.authorization.k8s.io/v1:Role`,
    `rbac.authorization.k8s.io/v1:RoleBinding`,
  ].map((type) => `${component} > kubernetes:${type} kfaas-system/${gateway}`);
}
