using System.Buffers.Binary;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Conformance.MeshTests;

/// <summary>Meshes and packets by hand and by chance, and checks that everything in a packet adds up, computed from scratch.</summary>
internal static class MeshTestBed
{
    public static readonly Timestamp Start = Timestamp.FromSeconds(1000);
    public static readonly LoopbackPool Pool = new();
    public static readonly MeshTranslatorOptions Options = new() { Seed = new HashSeed(3, 4), IPv4Flows = 256, IPv6Flows = 256, Start = Start };

    /// <summary>Machine n of a mesh: 198.18.0.n+1 and 2001:db8::n+1, serving tcp/8080, tcp/5432 and udp/53.</summary>
    public static MeshMachine Machine(int number) => new()
    {
        Id = new MachineId(number),
        Name = Name(number),
        Identity = SpiffeId.Parse($"spiffe://mesh.test/{Name(number)}"),
        Addresses = [Address4(number), Address6(number)],
        Tunnel = new MeshEndpoint(Address4(number), 15443),
        Ports = [Tcp(8080), Tcp(5432), Udp(53)],
    };

    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"vm{number}");

    public static IPv6Address Address4(int number) => IPv6Address.MapIPv4(new IPv4Address(0xC612_0001 + (uint)number));

    public static IPv6Address Address6(int number) => new(0x2001_0DB8_0000_0000, 1 + (ulong)number);

    public static MeshPort Tcp(int port) => new((ushort)port, IpProtocol.Tcp);

    public static MeshPort Udp(int port) => new((ushort)port, IpProtocol.Udp);

    public static MeshPlanBuilder MeshOf(int machines, LoopbackPool? pool = null)
    {
        var builder = new MeshPlanBuilder(pool ?? Pool);
        for (int i = 0; i < machines; i++)
        {
            _ = builder.Add(Machine(i));
        }

        return builder;
    }

    public static MeshPlan Plan(int self = 0, int machines = 3, long generation = 1) => MeshOf(machines).Build(new MachineId(self), generation);

    public static byte[] TcpPacket(MeshEndpoint from, MeshEndpoint to, TcpFlags flags, uint sequence = 77, int payload = 0, int options = 0)
    {
        byte[] message = new byte[20 + options + payload];
        for (int i = 20; i < message.Length; i++)
        {
            message[i] = i < 20 + options ? (byte)1 : (byte)(i * 7);
        }

        _ = new TcpHeader { SourcePort = from.Port, DestinationPort = to.Port, Flags = flags, SequenceNumber = sequence, Window = 1000 }.Write(message);
        message[12] = (byte)((20 + options) / 4 << 4);
        return Datagram(from.Address, to.Address, IpProtocol.Tcp, message, checksumAt: 16);
    }

    public static byte[] UdpPacket(MeshEndpoint from, MeshEndpoint to, int payload = 12, bool checksum = true)
    {
        byte[] message = new byte[8 + payload];
        for (int i = 8; i < message.Length; i++)
        {
            message[i] = (byte)(i * 11);
        }

        _ = new UdpHeader(from.Port, to.Port, payload).Write(message);
        return Datagram(from.Address, to.Address, IpProtocol.Udp, message, checksum ? 6 : -1);
    }

    /// <summary>An ICMP error, port unreachable, about a packet.</summary>
    public static byte[] Error(IPv6Address from, IPv6Address to, byte[] about, int octets = int.MaxValue)
    {
        int embedded = Math.Min(about.Length, octets);
        byte[] message = new byte[8 + embedded];
        about.AsSpan(0, embedded).CopyTo(message.AsSpan(8));
        if (MeshAddress.IsIPv4(from))
        {
            _ = new IcmpHeader(IcmpType.DestinationUnreachable, 3).Write(message);
            return Datagram(from, to, IpProtocol.Icmp, message, checksumAt: -1);
        }

        message[0] = (byte)IcmpV6Type.DestinationUnreachable;
        message[1] = 4;
        return Datagram(from, to, IpProtocol.IcmpV6, message, checksumAt: 2);
    }

    public static byte[] Datagram(IPv6Address from, IPv6Address to, IpProtocol protocol, byte[] message, int checksumAt)
    {
        bool isIPv4 = MeshAddress.IsIPv4(from);
        if (checksumAt >= 0)
        {
            uint pseudo = isIPv4
                ? InternetChecksum.PseudoHeader(MeshAddress.ToIPv4(from), MeshAddress.ToIPv4(to), protocol, message.Length)
                : InternetChecksum.PseudoHeader(from, to, protocol, message.Length);
            ushort checksum = protocol == IpProtocol.Udp ? InternetChecksum.ComputeUdp(message, pseudo) : InternetChecksum.Compute(message, pseudo);
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(checksumAt), checksum);
        }

        byte[] packet = new byte[(isIPv4 ? 20 : 40) + message.Length];
        _ = isIPv4
            ? new IPv4Header { Source = MeshAddress.ToIPv4(from), Destination = MeshAddress.ToIPv4(to), Protocol = protocol, PayloadLength = message.Length, DontFragment = true }.Write(packet)
            : new IPv6Header { Source = from, Destination = to, NextHeader = protocol, PayloadLength = message.Length, HopLimit = 64 }.Write(packet);
        message.CopyTo(packet, isIPv4 ? 20 : 40);
        return packet;
    }

    public static PacketLayout LayOut(byte[] packet)
    {
        Assert.True(PacketLayout.TryParseNetwork(packet, packet[0] >> 4 == 6 ? EtherType.IPv6 : EtherType.IPv4, out PacketLayout layout));
        return layout;
    }

    public static MeshVerdict Process(MeshTranslator translator, byte[] packet, MeshSide from, Timestamp? now = null)
    {
        PacketLayout layout = LayOut(packet);
        return translator.Process(packet, in layout, from, now ?? Start);
    }

    public static (MeshEndpoint From, MeshEndpoint To) Ends(byte[] packet)
    {
        PacketLayout layout = LayOut(packet);
        if (FlowKey4.TryRead(packet, in layout, out FlowKey4 v4))
        {
            return (new MeshEndpoint(v4.Source, v4.SourcePort), new MeshEndpoint(v4.Destination, v4.DestinationPort));
        }

        Assert.True(FlowKey6.TryRead(packet, in layout, out FlowKey6 v6));
        return (new MeshEndpoint(v6.Source, v6.SourcePort), new MeshEndpoint(v6.Destination, v6.DestinationPort));
    }

    /// <summary>True if every checksum of the packet is what it should be, a UDP checksum that was never made included.</summary>
    public static bool AddsUp(byte[] packet)
    {
        PacketLayout layout = LayOut(packet);
        ReadOnlySpan<byte> message = packet.AsSpan(layout.L4Offset..layout.EndOffset);
        bool unmade = layout.Protocol == IpProtocol.Udp && message[6] == 0 && message[7] == 0;
        if (layout.IsIPv4)
        {
            _ = IPv4View.TryParse(packet, out IPv4View v4);
            uint pseudo4 = layout.Protocol == IpProtocol.Icmp ? 0 : InternetChecksum.PseudoHeader(v4.Source, v4.Destination, layout.Protocol, message.Length);
            return InternetChecksum.IsValid(packet.AsSpan(0, v4.HeaderLength)) && (unmade || InternetChecksum.IsValid(message, pseudo4));
        }

        _ = IPv6View.TryParse(packet, out IPv6View v6);
        return unmade || InternetChecksum.IsValid(message, InternetChecksum.PseudoHeader(v6.Source, v6.Destination, layout.Protocol, message.Length));
    }

    /// <summary>Meshes of up to so many machines, each with one to three addresses and up to four ports of its own.</summary>
    public static Arbitrary<MeshMachine[]> Meshes(int most) => Arb.From(
        from machines in MachineGen(most).ListOf(most)
        from count in Gen.Choose(2, most)
        select Separate(machines.Take(count)),
        mesh => Enumerable.Range(0, mesh.Length).Where(_ => mesh.Length > 2).Select(skip => mesh.Where((_, at) => at != skip).ToArray()));

    private static Gen<(int Number, bool[] Families, MeshPort[] Ports)> MachineGen(int most) =>
        from number in Gen.Choose(0, Pool.MaxMachines - 1)
        from first in Gen.Choose(0, 2)
        from more in Gen.Elements(true, false).ListOf(2)
        from ports in (from port in Gen.Choose(1, 61439) from udp in Gen.Elements(true, false) select udp ? Udp(port) : Tcp(port)).ListOf(4)
        from common in Gen.Elements(Tcp(80), Tcp(8080), Udp(53))
        from count in Gen.Choose(0, 4)
        select (number, (bool[])[first != 0, .. more.Take(first)], ports.Take(count).Append(common).Distinct().Where(port => port.Port != 15443).ToArray());

    private static MeshMachine[] Separate(IEnumerable<(int Number, bool[] Families, MeshPort[] Ports)> drawn) =>
        [.. drawn.DistinctBy(machine => machine.Number).Select((machine, at) => new MeshMachine
        {
            Id = new MachineId(machine.Number),
            Name = Name(machine.Number),
            Identity = SpiffeId.Parse($"spiffe://mesh.test/{Name(machine.Number)}"),
            Addresses = [.. machine.Families.Select((isIPv4, place) => isIPv4 ? Address4((at * 8) + place) : Address6((at * 8) + place))],
            Tunnel = new MeshEndpoint(machine.Families[0] ? Address4(at * 8) : Address6(at * 8), 15443),
            Ports = [.. machine.Ports],
        })];
}
