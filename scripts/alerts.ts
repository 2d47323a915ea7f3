/** Tells a person what stops the loop, by the ways of policy/loop.json: once, in the background, and never in its way. */
import { type Alert, alertKey, alertOfEnd, alertOfStop, payloadOf, withAlert, withoutAlert } from './core/alert.ts';
import { messageOf } from './core/outcome.ts';
import type { AlertPolicy } from './core/policy.ts';
import type { PromotionEnd } from './core/promotion.ts';
import { secretValues } from './core/secrets.ts';
import { stopOf } from './core/stop.ts';
import type { TriggerId } from './core/verdict.ts';
import { deliverAlert } from './effects/alert-delivery.ts';
import type { Workspace } from './workspace.ts';

export interface Alerts {
  /** Delivers those alerts that are wanted and were not delivered before; returns as soon as that is written down. */
  readonly tell: (alerts: readonly Alert[]) => Promise<void>;
  /** Resolves when every delivery has ended. Each has its time limit. */
  readonly ended: () => Promise<void>;
}

/** What could not be delivered is tried again after this, by the same loop; another one tries at once. */
const againMs = 10 * 60_000;

interface Due {
  readonly alert: Alert;
  readonly policy: AlertPolicy;
  readonly key: string;
}

/** The alerts of one loop; `signal` ends what is being delivered, `onLost` hears of an end that cannot be written down. */
export function openAlerts(workspace: Workspace, signal: AbortSignal, onLost: (why: string) => void): Alerts {
  const { store, world, policies, repository, env } = workspace;
  const running = new Set<Promise<void>>();
  const notBefore = new Map<string, number>();

  /** Remembered before it is delivered, so that no other loop does the same; false when one has been quicker. */
  async function claim({ key }: Due): Promise<boolean> {
    let isMine = false;
    await store.update((controller) => {
      isMine = !controller.alerted.includes(key);
      return { controller: isMine ? withAlert(controller, key) : controller, entries: [] };
    });
    return isMine;
  }

  async function deliver({ alert, policy, key }: Due): Promise<void> {
    const { wallMs } = world.clock();
    const place = { host: world.self.host, repository: repository.root };
    const payload = payloadOf(alert, place, wallMs, wallMs - store.now(), secretValues(env));
    const marker = world.newRunId();
    const why = await deliverAlert({ policy, payload, cwd: repository.root, env, marker, signal });
    if (why !== null) notBefore.set(key, store.now() + againMs);
    const about = { on: alert.on, about: alert.about, code: alert.code };
    await store.update((controller) =>
      why === null
        ? { controller, entries: [{ event: 'alert-delivered', severity: 'info', ...about }] }
        : {
            controller: withoutAlert(controller, key),
            entries: [{ event: 'alert-failed', severity: 'warning', ...about, why }],
          },
    );
  }

  function dueOf(alert: Alert): readonly Due[] {
    const { alerted } = store.read().controller;
    return policies.loop.alerts
      .filter((policy) => policy.on.includes(alert.on))
      .map((policy) => ({ alert, policy, key: alertKey(alert, policy) }))
      .filter(({ key }) => !alerted.includes(key) && (notBefore.get(key) ?? 0) <= store.now());
  }

  return {
    tell: async (alerts) => {
      if (policies.loop.alerts.length === 0) return;
      for (const due of alerts.flatMap(dueOf)) {
        if (!(await claim(due))) continue;
        const delivery = deliver(due)
          .catch((error: unknown) => onLost(messageOf(error)))
          .finally(() => running.delete(delivery));
        running.add(delivery);
      }
    },
    ended: async () => {
      await Promise.all(running);
    },
  };
}

/**
 * Tells what a promotion that no loop has started came to, once its end is recorded: what a loop tells after its own, and
 * no more often. Resolves when it is delivered.
 */
export async function tellOfPromotion(
  alerts: Alerts,
  { store }: Workspace,
  end: PromotionEnd,
  trigger: TriggerId,
): Promise<void> {
  const circuit = store.read().controller.circuits.promote;
  const stopped = alertOfStop(stopOf('promote', circuit, store.now()), circuit, trigger);
  const blocked = alertOfEnd(end, trigger, store.now());
  await alerts.tell([stopped, blocked].filter((alert) => alert !== null));
  await alerts.ended();
}
