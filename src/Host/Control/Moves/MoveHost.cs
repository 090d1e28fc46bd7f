using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Host.Observe;
using Weft.Services;

namespace Weft.Host.Control;

/// <summary>Carries out what moves ask, on the first worker, between two bursts.</summary>
/// <param name="of">The switch.</param>
/// <param name="ask">Has the worker do something, and gives back what came of it.</param>
/// <param name="isShared">Whether the cluster keeps the epochs of machines.</param>
internal sealed class MoveHost(Switch of, Func<Func<object?>, Task<object?>> ask, bool isShared = false) : IMoveHost
{
    /// <summary>Packets that are sent after a machine at a time.</summary>
    private const int HeldAtOnce = 256;

    public Task<ulong> EpochOfAsync(uint machine) => Ask(() => Find(machine) is Machine known && known.State != MachineState.Arriving ? known.Epoch : 0UL);

    public Task<string?> ArriveAsync(uint machine, MigrationOptions options, IReadOnlyList<string>? keys = null) => Ask(() =>
    {
        if (Find(machine) is not Machine known)
        {
            return $"it has no machine of number {machine}";
        }

        if (known.State is not (MachineState.Standby or MachineState.Gone) || known.Departure?.Held.Count > 0)
        {
            return $"its machine {known.Plan.Name} is {known.State.ToString().ToLowerInvariant()}";
        }

        if (known.Epoch > options.Epoch)
        {
            return $"it knows machine {known.Plan.Name} of epoch {known.Epoch}, and epoch {options.Epoch} is older";
        }

        if (known.SealingKeys.Intersect(keys ?? []).Any())
        {
            return $"it encrypts for machine {known.Plan.Name} with a key that is in use there; each host needs outbound keys of its own";
        }

        known.Departure = null;
        known.Arrive(options, options.Id, isShared, of.Now);
        return null;
    });

    public Task<ulong?> ClaimDueAsync(uint machine, ulong move) => Ask<ulong?>(() =>
        Find(machine)?.Arrival is { Target.State: MigrationState.Committing } arrival && arrival.Id == move ? arrival.Target.Epoch - 1 : null);

    public Task<List<byte[]>> ClaimedAsync(uint machine, ulong move, bool won) => Ask(() =>
    {
        var send = new List<byte[]>();
        if (Find(machine) is Machine known && known.Arrival?.Id == move)
        {
            known.Claimed(won, send, of.Now);
        }

        return send;
    });

    public Task<IReadOnlyList<(uint Machine, bool Wants)>> ClaimsAsync() => Ask<IReadOnlyList<(uint, bool)>>(() =>
        [.. of.Machines.Where(machine => machine.State == MachineState.Claiming).Select(machine => (machine.Plan.Id, !machine.Plan.IsStandby))]);

    public Task OwnedAsync(uint machine, bool isHere, ulong epoch, string? owner) => Ask(() =>
    {
        Find(machine)?.Learn(isHere, epoch, owner, of.Now);
        return true;
    });

    public Task<List<byte[]>> StepArrivalAsync(uint machine, ulong move, IReadOnlyList<MoveFrame> received) => Ask(() =>
    {
        var send = new List<byte[]>();
        if (Find(machine) is not Machine known || known.Arrival?.Id != move)
        {
            return send;
        }

        known.StepArrival(received.Where(frame => frame.Kind == MoveFrameKind.Message).Select(frame => frame.Body), send, of.Now);
        foreach (MoveFrame packet in received.Where(frame => frame.Kind == MoveFrameKind.Packet && frame.Body.Length > 1))
        {
            // Without an inbox the machine has not arrived, and nobody sends packets after it.
            bool isKept = known.Arrival?.Inbox.TryAdd(packet.Body.AsSpan(1), (ServiceDirection)(packet.Body[0] & 1), port: 0) ?? false;
            known.NotSent += isKept ? 0 : 1;
        }

        return send;
    });

    public Task EndArrivalAsync(uint machine, ulong move) => Ask(() =>
    {
        if (Find(machine) is Machine known && known.Arrival?.Id == move)
        {
            known.EndArrival();
        }

        return true;
    });

    public Task<MoveHello> MayLeaveAsync(string machine) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        return known.State == MachineState.Serving
            ? new MoveHello(known.Plan.Id, 0, known.Epoch) { Keys = known.SealingKeys }
            : throw new InvalidOperationException($"The machine {machine} is {known.State.ToString().ToLowerInvariant()}: only one that is served here can move away.");
    });

    public Task LeaveAsync(string machine, MigrationOptions options, string to) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        if (known.State != MachineState.Serving || known.Departure is not null)
        {
            throw new InvalidOperationException($"The machine {machine} is moving already.");
        }

        known.Arrival = null;
        known.Leave(options, to, of.Now);
        return true;
    });

    public Task<(List<byte[]> Send, MoveSnapshot State)> StepDepartureAsync(string machine, IReadOnlyList<byte[]> received) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        var send = new List<byte[]>();
        if (known.Departure is not null)
        {
            known.StepDeparture(received, send, of.Now);
        }

        return (send, known.LastMove!);
    });

    public Task<MoveSnapshot> CancelDepartureAsync(string machine) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        if (known.Departure is Departure departure)
        {
            _ = departure.Source.TryCancel();
            known.StepDeparture([], [], of.Now);
        }

        return known.LastMove!;
    });

    public Task<MoveSnapshot> ResolveAsync(string machine, ulong epoch) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        if (known.State == MachineState.Leaving)
        {
            known.Resolve(epoch, of.Now);
        }

        return known.LastMove!;
    });

    public Task<MoveSnapshot> KeepAsync(string machine, ulong epoch) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        if (known.State == MachineState.Leaving)
        {
            known.Resolve(known.Epoch, of.Now);
            known.Epoch = Math.Max(known.Epoch, epoch);
        }

        return known.LastMove!;
    });

    public Task<MoveSnapshot> SettleAsync(string machine, bool isHere) => Ask(() =>
    {
        Machine known = of.MachineOf(machine).Machine;
        if (isShared)
        {
            throw new InvalidOperationException("The cluster keeps the epochs of machines: once its store answers, the move ends by itself.");
        }

        if (known.State != MachineState.Leaving || known.Departure!.Source.State != MigrationState.Committing)
        {
            throw new InvalidOperationException($"The machine {machine} is {known.State.ToString().ToLowerInvariant()}: only a move whose target fell silent after it was told to take over is in doubt.");
        }

        known.Settle(isHere, of.Now);
        return known.LastMove!;
    });

    public Task<List<byte[]>> TakeHeldAsync(string machine) => Ask(() =>
    {
        var taken = new List<byte[]>();
        (Machine known, SwitchLedger ledger) = of.MachineOf(machine);
        HeldPackets? held = known is { State: MachineState.Gone, Departure: Departure departure } ? departure.Held : null;
        while (taken.Count < HeldAtOnce && held is not null && held.TryTake(out ReadOnlySpan<byte> frame, out ServiceDirection direction, out _))
        {
            taken.Add([(byte)direction, .. frame]);
            ledger.Held--;
            ledger.Consumed++;
        }

        return taken;
    });

    public Task EndDepartureAsync(string machine) => Ask(() =>
    {
        (Machine known, SwitchLedger ledger) = of.MachineOf(machine);
        if (known.State == MachineState.Gone)
        {
            while (known.Departure is Departure departure && departure.Held.TryTake(out _, out _, out ushort port))
            {
                ledger.Held--;
                ledger.Drop(DropReason.MachineElsewhere, port);
            }

            known.Departure = null;
        }

        return true;
    });

    private Machine? Find(uint number) => of.Machines.FirstOrDefault(machine => machine.Plan.Id == number);

    private async Task<T> Ask<T>(Func<T> question) => (T)(await ask(() => question()).ConfigureAwait(false))!;
}
