using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>Machines and their services as tables.</summary>
internal static class ServicesView
{
    public static void Write(SwitchSnapshot snapshot)
    {
        Terminal.Write("Machines", Tables.Of(
            snapshot.Machines,
            ("machine", m => m.Name),
            ("#id", m => $"{m.Id}"),
            ("port", m => m.Port ?? "-"),
            ("#worker", m => $"{m.Worker}"),
            ("state", m => m.State),
            ("#epoch", m => $"{m.Epoch}"),
            ("#flows", m => Tables.Count(m.Flows)),
            ("#of", m => Tables.Count(m.FlowCapacity)),
            ("#packets", m => Tables.Count(m.Packets)),
            ("#forwarded", m => Tables.Count(m.Forwarded)),
            ("#dropped", m => Tables.Count(m.Dropped)),
            ("#kept", m => Tables.Count(m.Consumed)),
            ("#no flow", m => Tables.Count(m.NoFlow))));
        if (snapshot.Machines.Any(machine => machine.LastMove is not null))
        {
            Moves(snapshot);
        }

        Terminal.Write("Services, from the machine outwards", Tables.Of(
            snapshot.Machines.SelectMany(machine => machine.Services.Select(service => (Machine: machine.Name, Service: service))).ToArray(),
            ("machine", s => s.Machine),
            ("service", s => s.Service.Name),
            ("kind", s => s.Service.Kind),
            ("state", s => s.Service.IsQuarantined ? "quarantined" : "in use"),
            ("#packets", s => Tables.Count(s.Service.Packets)),
            ("#dropped", s => Tables.Count(s.Service.Dropped)),
            ("#faults", s => Tables.Count(s.Service.Faults)),
            ("#passed by", s => Tables.Count(s.Service.Bypassed)),
            ("#refused", s => Tables.Count(s.Service.Refused)),
            ("counts", s => string.Join(", ", s.Service.Counters.Select(counter => $"{counter.Key} {Tables.Count(counter.Value)}")))));
    }

    private static void Moves(SwitchSnapshot snapshot) => Terminal.Write("Last moves", Tables.Of(
        [.. snapshot.Machines.Select(machine => machine.LastMove).OfType<MoveSnapshot>()],
        ("machine", m => m.Machine),
        ("to", m => m.To),
        ("state", m => m.Failure is null ? m.State : $"{m.State}: {m.Failure}"),
        ("#rounds", m => Tables.Count(m.Rounds)),
        ("#bytes", m => Tables.Count(m.Bytes)),
        ("#while held", m => Tables.Count(m.FrozenBytes)),
        ("#held for", m => $"{Tables.Number(m.FrozenMilliseconds)} ms"),
        ("#packets held", m => Tables.Count(m.HeldPackets))));
}
