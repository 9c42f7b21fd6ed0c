import type { ActionDefinition } from '../../contract';
import { cordonNode } from './cordon_node';
import { scaleDeployment } from './scale_deployment';
import { uncordonNode } from './uncordon_node';

/** Every action of the executor `kubernetes`. */
export const kubernetesActions: readonly ActionDefinition[] = [cordonNode, scaleDeployment, uncordonNode];
