using Weft.Host.Config.Document;
using Weft.Ports;

namespace Weft.Host.Config.Shapes;

/// <summary>Memory that a port shares with another process.</summary>
internal static class MemifShape
{
    private static readonly Shape<MemifSection> Memif = new(
        "memif",
        "The other end of a port of type memif, version 2.0: a process with DPDK's net_memif, VPP, or libmemif.",
        new ScalarField<MemifSection, string>("socket", "Control socket. A server makes it for the user that runs the switch; each port has its own.", Scalars.Path, (s, v) => s.Socket = v).IfAbsent("required"),
        new ScalarField<MemifSection, MemifRole>(
            "role",
            "client: connects, and brings the memory (the slave). server: waits for a client, and uses its memory without believing it (the master).",
            Scalars.OneOf(("client", MemifRole.Client), ("server", MemifRole.Server)),
            (s, v) => s.Role = v).Default(MemifRole.Client),
        new ScalarField<MemifSection, int>("id", "Number of the interface, the same at both ends.", Scalars.Integer(0, int.MaxValue), (s, v) => s.Id = v).Default(0),
        new ScalarField<MemifSection, int>("queues", "Rings in each direction: a client makes as many, a server takes at most so many. Frames leave through the first.", Scalars.Integer(1, 16), (s, v) => s.Queues = v).Default(1),
        new ScalarField<MemifSection, int>("slots", "Slots of each ring that a client makes, a power of two.", Scalars.Integer(64, 16_384), (s, v) => s.Slots = v).Default(1024));

    public static Field<PortSection> Port { get; } = new GroupField<PortSection, MemifSection>("memif", "The other end of a port of type memif.", Memif, (s, v) => s.Memif = v);
}
