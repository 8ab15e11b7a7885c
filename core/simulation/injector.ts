import { TransportError } from '../messages/transport.ts';
import type { ArmedFault } from './faults.ts';
import type { Call } from './kernel.ts';
import type { Seat } from './seat.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;

/** Carries calls out, with the fault that waits for them or without. */
export class Injector {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  carryOut(call: Call): void {
    const world = this.#world;
    const seat = world.seats.get(call.process);
    if (seat === undefined) return;
    if (call.process.isDoomed) {
      this.#crash(seat, 'its answers are lost');
      return;
    }
    const waiting = world.waiting();
    const isHere = waiting !== null && waiting.at === call.point && this.#applies(waiting, call, seat);
    const fault = isHere ? world.inject(waiting) : null;
    if (fault === null) this.#do(call, seat);
    else this.#withFault(fault, call, seat);
  }

  /** Whether the fault can be injected here. */
  #applies({ kind }: ArmedFault, call: Call, seat: Seat): boolean {
    switch (kind) {
      case 'crash':
      case 'unknown':
      case 'store':
      case 'clock-forward':
      case 'clock-back':
        return true;
      case 'slow':
        return !call.isHeld;
      case 'zombie':
        return seat.transport.isMember();
      case 'duplicate':
        return call.point === 'poll' && seat.transport.hasRead();
      case 'deploy':
        return seat.deployment >= 0;
      default:
        return false; // these wait elsewhere: for what is published, read or answered
    }
  }

  #withFault(fault: ArmedFault, call: Call, seat: Seat): void {
    const world = this.#world;
    const { kernel } = world;
    const { random, variant } = fault;
    const { process } = seat;
    switch (fault.kind) {
      case 'crash':
        if (variant === 'after') this.#effectOf(call);
        this.#crash(seat, `it dies ${variant} ${call.point}`);
        return;
      case 'unknown':
        if (variant === 'after') this.#effectOf(call);
        // the member that joined so is nobody's: the group waits until it is silent for too long
        if (call.point === 'join' && variant === 'after') this.#leaveGhost(seat, random.below(30));
        seat.hasErred = true;
        kernel.fail(call, new TransportError('unavailable', `no word of whether ${call.point} was done`));
        return;
      case 'slow':
        call.isHeld = true;
        call.notBefore = kernel.step + 5 + random.below(50);
        if (random.oneIn(2)) world.later(2 + random.below(10), () => seat.transport.expire());
        return;
      case 'deploy':
        this.deploy(seat, variant);
        // stopping ends a poll that waits
        if (process.pending === call) this.#do(call, seat);
        return;
      case 'store':
        world.store.downUntil = kernel.step + 3 + random.below(25);
        break;
      case 'zombie':
        seat.transport.expire();
        break;
      case 'clock-forward':
      case 'clock-back':
        process.skewMs = fault.kind === 'clock-back' ? -DAY_MS : DAY_MS;
        break;
      case 'duplicate':
        seat.transport.stepBack(random);
        break;
      case 'reorder':
      case 'answer':
      case 'conflict':
      case 'misplaced':
      case 'broken':
      case 'command':
        break; // these wait elsewhere
      default:
        fault.kind satisfies never;
    }
    this.#do(call, seat);
  }

  #leaveGhost({ transport }: Seat, steps: number): void {
    const ghost = transport.members.at(-1);
    this.#world.later(3 + steps, () => ghost?.expire());
  }

  /** Ends an engine in good order, and starts one with another deployment in its place. */
  deploy(seat: Seat, variant: string): void {
    const world = this.#world;
    const { process, loop } = seat;
    const last = world.settings.scenario.deployments.length - 1;
    const next = variant === 'new' ? last : Math.min(1, last);
    world.tell(() => `${process.name} is stopped, for deployment ${next + 1}`);
    void loop?.stop().then(() => {
      world.seats.delete(process);
      world.kernel.ended(process);
    });
    seat.again(next);
  }

  /** Carries it out, and notes it in the story. */
  #do(call: Call, seat: Seat): void {
    const { kernel } = this.#world;
    const error = kernel.carryOut(call);
    if (error !== null) {
      seat.hasErred = true;
      this.#world.tell(() => `  ${call.process.name}: ${call.point} fails: ${error.message}`);
    }
  }

  /** The effect without its caller learning of it. */
  #effectOf(call: Call): void {
    try {
      call.effect();
    } catch (error) {
      this.#world.tell(() => `  ${call.process.name}: ${call.point} fails: ${String(error)}`);
    }
  }

  #crash(seat: Seat, why: string): void {
    const world = this.#world;
    const { kernel, random } = world;
    const { process, transport, deployment, again } = seat;
    world.tell(() => `${process.name} dies: ${why}`);
    kernel.kill(process);
    transport.die();
    world.seats.delete(process);
    world.later(3 + random.below(40), () => transport.expire());
    world.later(2 + random.below(50), () => again(deployment));
  }
}
