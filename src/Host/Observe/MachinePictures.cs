using System.Buffers.Binary;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Machines;
using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Observe;

/// <summary>Pictures of machines and their services, and what another switch takes over from them.</summary>
internal static class MachinePictures
{
    private const int HeadLength = 12;

    /// <summary>All machines, and tenants of a point of presence that have services. Flows of one that is moving are left out: its set notes what changed for the other host alone.</summary>
    public static IEnumerable<MachineSnapshot> Capture(IReadOnlyList<SwitchCore> cores, Timestamp now, SnapshotParts parts) =>
        cores.SelectMany(core => core.Machines.All.Select(machine => (Core: core, Machine: machine))).OrderBy(pair => pair.Machine.Index)
            .Concat(cores.SelectMany(core => (core.Presence?.Services?.All ?? []).Select(tenant => (Core: core, Machine: tenant))))
            .Select(pair => Capture(pair.Core, pair.Machine, parts.HasFlag(SnapshotParts.MachineFlows) && !pair.Machine.IsMoving ? Export(pair.Machine.Set, now) : null));

    /// <summary>Takes over the flows of machines of the same name and services.</summary>
    public static void Restore(SwitchCore core, SwitchSnapshot state, Timestamp now)
    {
        foreach (Machine machine in core.Machines.All)
        {
            if (state.Machines.FirstOrDefault(known => known.Name == machine.Plan.Name) is not MachineSnapshot known)
            {
                continue;
            }

            if (Enum.TryParse(known.State, ignoreCase: true, out Datapath.Machines.MachineState whose))
            {
                (machine.State, machine.Epoch) = (whose, known.Epoch);
            }

            if (known.Export is byte[] { Length: > HeadLength } export)
            {
                Import(machine.Set, export, now);
            }
        }
    }

    private static MachineSnapshot Capture(SwitchCore core, Machine machine, byte[]? export)
    {
        ref readonly ServiceSetCounters counters = ref machine.Set.Counters;
        int port = machine.Plan.Port >= 0 ? machine.Plan.Port : machine.LastPort;
        return new MachineSnapshot
        {
            Name = machine.Plan.Name,
            Id = machine.Plan.Id,
            Worker = core.Link.Index,
            Port = port < 0 ? null : core.Plan.Ports[port].Name,
            State = machine.State.ToString().ToLowerInvariant(),
            Epoch = machine.Epoch,
            Flows = machine.Set.FlowCount,
            FlowCapacity = machine.Set.IPv4Capacity + machine.Set.IPv6Capacity,
            MemoryBytes = machine.Set.MemoryBytes,
            StateBytes = machine.Set.BytesPerFlow,
            Packets = counters.Packets,
            Forwarded = counters.Forwarded,
            Dropped = counters.Dropped,
            Consumed = counters.Consumed,
            Held = counters.Held,
            NoFlow = counters.NoFlow,
            FlowsBegun = counters.FlowsBegun,
            FlowsEnded = counters.FlowsEnded,
            LastMove = machine.LastMove,
            Services = [.. machine.Services.Select((service, place) => Capture(machine, service, place))],
            Export = export,
        };
    }

    private static ServiceSnapshot Capture(Machine machine, ServicePlan service, int place)
    {
        ref readonly ServiceCounters counters = ref machine.Set.CountersOf(place);
        return new ServiceSnapshot
        {
            Name = service.Name,
            Kind = KindOf(service.Kind),
            WhenFailed = service.WhenFailed switch
            {
                FailurePolicy.FailClosed => "closed",
                FailurePolicy.FailOpen => "open",
                FailurePolicy.BypassEstablished => "bypass-established",
                _ => null,
            },
            IsQuarantined = machine.Set.IsQuarantined(place),
            Packets = counters.Packets,
            Dropped = counters.Dropped,
            Consumed = counters.Consumed,
            Faults = counters.Faults,
            Bypassed = counters.Bypassed,
            Refused = counters.Refused,
            NanosecondsPerPacket = counters.Packets == 0 ? 0 : ServiceClock.Nanoseconds(counters.Ticks) / counters.Packets,
            Counters = machine.Factory.Counters(machine.Set, place, service),
        };
    }

    private static string KindOf(ServiceKind kind) => kind == ServiceKind.LoadBalancer ? "load-balancer" : kind.ToString().ToLowerInvariant();

    /// <summary>Capacities, length of the schema, schema, records.</summary>
    private static byte[] Export(ServiceSet set, Timestamp now)
    {
        using var all = new MemoryStream();
        byte[] chunk = new byte[Math.Max(64 * 1024, Math.Max(ServiceSet.MaxSchemaBytes, set.MaxRecordBytes))];
        int schema = set.WriteSchema(chunk);
        Span<byte> head = stackalloc byte[HeadLength];
        BinaryPrimitives.WriteInt32LittleEndian(head, set.IPv4Capacity);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], set.IPv6Capacity);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], schema);
        all.Write(head);
        all.Write(chunk.AsSpan(0, schema));
        // Windows of numbers are exact only while no packet comes; between two bursts none does.
        bool wasFrozen = set.IsFrozen;
        set.Freeze();
        set.BeginExport();
        for (int length = set.Export(chunk, now); length > 0; length = set.Export(chunk, now))
        {
            all.Write(chunk.AsSpan(0, length));
        }

        set.EndExport();
        if (!wasFrozen)
        {
            set.Thaw();
        }

        return all.ToArray();
    }

    private static void Import(ServiceSet set, ReadOnlySpan<byte> export, Timestamp now)
    {
        int schema = BinaryPrimitives.ReadInt32LittleEndian(export[8..]);
        if (schema >= 0 && schema <= export.Length - HeadLength
            && set.BeginImport(export.Slice(HeadLength, schema), BinaryPrimitives.ReadInt32LittleEndian(export), BinaryPrimitives.ReadInt32LittleEndian(export[4..])))
        {
            _ = set.Import(export[(HeadLength + schema)..], now);
        }
    }
}
