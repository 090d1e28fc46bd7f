using Weft.Packets;
using Weft.Simulation.World;

namespace Weft.Simulation.Traffic;

/// <summary>A machine: it answers for its addresses, finds those of others, talks where it is a client and answers where it is a server.</summary>
internal class Station
{
    /// <summary>Ticks for which a neighbour is believed to be where it was.</summary>
    private const int Belief = 300;

    private readonly Dictionary<IPv4Address, (MacAddress Mac, long Since)> _neighbors = [];
    private readonly Dictionary<IPv4Address, byte[]> _waiting = [];

    /// <param name="world">Where it lives.</param>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="mac">Its MAC address.</param>
    /// <param name="address">Its IP address.</param>
    /// <param name="gateway">Its gateway; null if everybody is its neighbour.</param>
    public Station(SimulatedWorld world, byte tenant, MacAddress mac, IPv4Address address, IPv4Address? gateway = null) =>
        (World, Tenant, Mac, Address, Gateway) = (world, tenant, mac, address, gateway);

    public SimulatedWorld World { get; }

    public byte Tenant { get; }

    public MacAddress Mac { get; }

    public IPv4Address Address { get; }

    public IPv4Address? Gateway { get; }

    /// <summary>VLAN of its frames; 0 for none.</summary>
    public ushort Vlan { get; init; }

    /// <summary>Sends frames; null while the machine does not run.</summary>
    public Action<byte[]>? Wire { get; set; }

    /// <summary>Where it is a client.</summary>
    public List<Conversation> Conversations { get; } = [];

    /// <summary>The group that it listens to, if any.</summary>
    public IPv4Address? Group { get; set; }

    /// <summary>Multicast messages of which is remembered how often they came.</summary>
    private const uint Remembered = 100;

    /// <summary>Copies of the last multicast messages that it got.</summary>
    public Dictionary<uint, int> Heard { get; } = [];

    /// <summary>Whom it answers for.</summary>
    protected virtual bool IsMine(IPv4Address address) => address == Address;

    public void Arrive(byte[] wire)
    {
        if (Wire is null || (Vlan == 0 ? wire : Frames.Untagged(wire, Vlan)) is not { } frame || !EthernetView.TryParse(frame, out EthernetView ethernet)
            || (ethernet.Destination != Mac && !ethernet.Destination.IsGroup))
        {
            return;
        }

        if (ethernet.EtherType == EtherType.Arp && ArpView.TryParse(frame.AsSpan(14), out ArpView arp))
        {
            Hear(arp.ToMessage());
        }
        else if (ethernet.EtherType == EtherType.IPv4 && IPv4View.TryParse(frame.AsSpan(14), out IPv4View packet))
        {
            Hear(frame, packet);
        }
    }

    /// <summary>Does what is due.</summary>
    public void Act()
    {
        if (Wire is null)
        {
            return;
        }

        foreach (Conversation conversation in Conversations)
        {
            conversation.Act();
        }

        if (Group is IPv4Address group && (World.Tick + (long)Mac.Value) % 50 == 0)
        {
            Emit(Frames.Join(Mac, Address, group, leaves: false));
        }
    }

    /// <summary>Says where it is now, as a hypervisor does for a machine that it has just got.</summary>
    public void Announce() => Emit(Frames.Arp(ArpOperation.Request, MacAddress.Broadcast, new ArpMessage { SenderMac = Mac, SenderAddress = Address, TargetAddress = Address }));

    public void Leave()
    {
        if (Group is IPv4Address group && Wire is not null)
        {
            Emit(Frames.Join(Mac, Address, group, leaves: true));
        }

        Group = null;
    }

    /// <summary>Sends a message to a group.</summary>
    public void Call(IPv4Address group, uint number)
    {
        if (Wire is not null)
        {
            Emit(Frames.Udp(Frames.GroupMac(group), Mac, Address, group, 5_000, new Letter(Tenant, 255, 0, number).Write()));
        }
    }

    /// <summary>Forgets where a neighbour is, as a machine does that gets no answers.</summary>
    public void Doubt(IPv4Address destination) => _ = _neighbors.Remove(Gateway ?? destination);

    public void SendTcp(IPv4Address source, IPv4Address destination, in TcpHeader header, ReadOnlySpan<byte> payload)
    {
        IPv4Address next = Gateway ?? destination;
        bool isKnown = _neighbors.TryGetValue(next, out (MacAddress Mac, long Since) neighbor) && World.Tick - neighbor.Since < Belief;
        byte[] frame = Frames.Tcp(neighbor.Mac, Mac, source, destination, header, payload);
        if (isKnown)
        {
            Emit(frame);
            return;
        }

        _waiting[next] = frame;
        Emit(Frames.Arp(ArpOperation.Request, MacAddress.Broadcast, new ArpMessage { SenderMac = Mac, SenderAddress = Address, TargetAddress = next }));
    }

    /// <summary>Something that is none of its conversations' came for it; a server answers.</summary>
    protected virtual void Serve(byte[] frame, IPv4View packet, TcpView segment, Letter letter)
    {
        IPv4Address mine = packet.Destination;
        Answer(packet, segment, (to, in header, payload) => SendTcp(mine, to, header, payload));
    }

    /// <summary>What a server without a memory says: it repeats, so that a repeated question gets a repeated answer.</summary>
    protected static void Answer(IPv4View packet, TcpView segment, Reply reply)
    {
        bool opens = (segment.Flags & TcpFlags.Syn) != 0;
        if (!opens && segment.Payload.Length < Letter.Length)
        {
            return;
        }

        var header = new TcpHeader
        {
            SourcePort = segment.DestinationPort,
            DestinationPort = segment.SourcePort,
            SequenceNumber = opens ? segment.SequenceNumber * 2_654_435_761 : segment.AcknowledgmentNumber,
            AcknowledgmentNumber = segment.SequenceNumber + (opens ? 1 : (uint)Letter.Length),
            Flags = opens ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack | TcpFlags.Psh,
            Window = 8_192,
        };
        reply(packet.Source, header, opens ? [] : segment.Payload[..Letter.Length]);
    }

    protected delegate void Reply(IPv4Address to, in TcpHeader header, ReadOnlySpan<byte> payload);

    protected void Emit(byte[] frame) => Wire!(Vlan == 0 ? frame : Frames.Tagged(frame, Vlan));

    private void Hear(in ArpMessage arp)
    {
        if (_neighbors.ContainsKey(arp.SenderAddress) || _waiting.ContainsKey(arp.SenderAddress) || IsMine(arp.TargetAddress))
        {
            _neighbors[arp.SenderAddress] = (arp.SenderMac, World.Tick);
        }

        if (_waiting.Remove(arp.SenderAddress, out byte[]? frame))
        {
            arp.SenderMac.Write(frame);
            Emit(frame);
        }

        if (arp.Operation == ArpOperation.Request && IsMine(arp.TargetAddress))
        {
            Emit(Frames.Arp(ArpOperation.Reply, arp.SenderMac, arp.ReplyFrom(Mac)));
        }
    }

    private void Hear(byte[] frame, IPv4View packet)
    {
        if (packet.Protocol == IpProtocol.Udp && UdpView.TryParse(packet.Payload, out UdpView datagram) && Letter.TryRead(datagram.Payload, out Letter message))
        {
            World.Laws.Hold(message.Tenant == Tenant, $"{this} got multicast of tenant {message.Tenant}");
            _ = Heard.Remove(message.Number - Remembered);
            int copies = Heard[message.Number] = Heard.GetValueOrDefault(message.Number) + 1;
            World.Laws.Hold(copies <= 12, $"{this} got message {message.Number} {copies} times");
        }

        if (packet.Protocol != IpProtocol.Tcp || !TcpView.TryParse(packet.Payload, out TcpView segment))
        {
            return;
        }

        bool isMessage = Letter.TryRead(segment.Payload, out Letter letter);
        if (isMessage)
        {
            byte tenant = letter.Tenant;
            World.Laws.Hold(Tenant == 0 || tenant == Tenant, $"{this} got a packet of tenant {tenant}");
        }

        foreach (Conversation conversation in Conversations)
        {
            if (conversation.Concerns(packet, segment))
            {
                conversation.Hear(segment, isMessage ? letter : null);
                return;
            }
        }

        if (IsMine(packet.Destination) || Tenant == 0)
        {
            Serve(frame, packet, segment, letter);
        }
    }

    public override string ToString() => $"the machine {Address} of tenant {Tenant}";
}
