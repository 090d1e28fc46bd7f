using Weft.Packets;
using Weft.Simulation.Hosts;
using Weft.Simulation.World;

namespace Weft.Simulation.Traffic;

/// <summary>
/// A server on the Internet, as one of the ways to it sees it. All ways share what was seen, because a public port is one connection's, whichever host it came
/// from, and stays its while it lives.
/// </summary>
internal sealed class Internet(SimulatedWorld world, MacAddress mac, IPv4Address address, Internet.Memory memory) : Station(world, tenant: 0, mac, address)
{
    public static readonly IPv4Address Server = IPv4Address.Parse("198.51.100.7");

    private const int Log2BlockPorts = 12;

    /// <summary>The host that this way leads to; null if it leads to a network, where addresses move.</summary>
    public SimulatedHost? Host { get; init; }

    /// <summary>What was seen of public endpoints.</summary>
    internal sealed class Memory
    {
        /// <summary>Who used an endpoint last, and when.</summary>
        public Dictionary<(IPv4Address, ushort), (byte Conversation, ushort Connection, long Tick)> Users { get; } = [];

        /// <summary>Which process used a block of ports last, and when.</summary>
        public Dictionary<(IPv4Address, int), (int Host, int Process, long Tick)> Blocks { get; } = [];

        /// <summary>The endpoint of each connection.</summary>
        public Dictionary<(byte, ushort), (IPv4Address, ushort)> Endpoints { get; } = [];

        /// <summary>Ticks for which a port rests that was another's.</summary>
        public long Quarantine { get; init; }
    }

    protected override bool IsMine(IPv4Address address) => address == Address;

    protected override void Serve(byte[] frame, IPv4View packet, TcpView segment, Letter letter)
    {
        if (packet.Destination != Server)
        {
            return;
        }

        if (letter != default)
        {
            Note((packet.Source, segment.SourcePort), letter);
        }

        var back = MacAddress.Read(frame.AsSpan(6));
        Answer(packet, segment, (to, in header, payload) =>
        {
            if (Host is null)
            {
                // Whose the address is now is asked, because it moves.
                SendTcp(Server, to, header, payload);
            }
            else
            {
                Emit(Frames.Tcp(back, Mac, Server, to, header, payload));
            }
        });
    }

    private void NoteBlock((IPv4Address Address, ushort Port) endpoint, long now)
    {
        if (Host is null)
        {
            return;
        }

        (IPv4Address, int) block = (endpoint.Address, endpoint.Port >> Log2BlockPorts);
        // What arrives now was sent a tick ago, perhaps by the process before.
        int process = now - Host.StartedAt <= 2 ? Host.Incarnation - 1 : Host.Incarnation;
        if (memory.Blocks.TryGetValue(block, out (int Host, int Process, long Tick) user) && (user.Host, user.Process) != (Host.Number, process))
        {
            World.Laws.Hold(now - user.Tick >= memory.Quarantine, $"block {block.Item2} is process {process} of {Host.Name}'s, and {now - user.Tick} ticks ago it was process {user.Process} of host {user.Host}'s");
        }

        memory.Blocks[block] = (Host.Number, process, now);
    }

    private void Note((IPv4Address Address, ushort Port) endpoint, Letter letter)
    {
        long now = World.Tick;
        if (memory.Users.TryGetValue(endpoint, out (byte Conversation, ushort Connection, long Tick) user) && (user.Conversation, user.Connection) != (letter.Conversation, letter.Connection))
        {
            World.Laws.Hold(now - user.Tick >= memory.Quarantine, $"{endpoint.Address}:{endpoint.Port} is connection {letter.Connection} of conversation {letter.Conversation}, and {now - user.Tick} ticks ago it was connection {user.Connection} of {user.Conversation}");
        }

        memory.Users[endpoint] = (letter.Conversation, letter.Connection, now);
        NoteBlock(endpoint, now);
        // Of connections long over nothing needs to be known.
        _ = memory.Endpoints.Remove((letter.Conversation, (ushort)(letter.Connection - 4)));
        Conversation conversation = World.Conversations[letter.Conversation];
        if (!memory.Endpoints.TryAdd((letter.Conversation, letter.Connection), endpoint) && memory.Endpoints[(letter.Conversation, letter.Connection)] != endpoint
            && conversation.Connection == letter.Connection)
        {
            conversation.Break($"its public endpoint changed from {memory.Endpoints[(letter.Conversation, letter.Connection)]} to {endpoint}");
        }
    }
}
