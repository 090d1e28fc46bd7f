using System.Buffers.Binary;
using Weft.Packets;
using Weft.Sase;
using Weft.Sase.Tunnels;
using Weft.Services;

namespace Weft.Fuzz.Targets;

/// <summary>Network service headers in all three places where they come from outside: of any kind, out of a container, and between gateways and nodes.</summary>
internal sealed class NshTarget : BytesTarget
{
    private const uint Outward = 7, Inward = 8;

    private static readonly ServicePath ContainerPath = new() { Outward = Outward, Inward = Inward, Functions = 2 };
    private static readonly IPv4Address Gateway = IPv4Address.Parse("10.99.0.1"), Node = IPv4Address.Parse("10.99.0.11");

    private static readonly ServiceTunnel Tunnel = new(
        new PopOptions { Gateways = [Gateway], Nodes = [Node], Bundles = 1, Seed = new HashSeed(1, 2), Encapsulation = ServiceEncapsulation.Nsh }, Node, isNode: true);

    public override string Name => "nsh";

    public override string What => "network service headers: views, paths of containers, tunnels of a point of presence";

    public override IReadOnlyList<string> Assemblies => ["Packets", "Services", "Sase"];

    protected override IReadOnlyList<byte[]> Words => [[0x89, 0x4F], [0x0F, 0xC2, 2, 3], [0x0F, 0xC6, 1, 3], [0, 0, 7, 253], [0, 0, 8, 253], [0, 3, 0xE9, 255], [0x12, 0xB6], [0x0C, 0, 0, 4], [0x20]];

    public override IEnumerable<byte[]> Beginnings()
    {
        byte[] inner = new byte[60];
        _ = new EthernetHeader { Destination = new MacAddress(0x0200_0000_0002UL), Source = new MacAddress(0x0200_0000_0001UL), EtherType = EtherType.IPv4 }.Write(inner);
        foreach (ServiceDirection direction in new[] { ServiceDirection.FromMachine, ServiceDirection.ToMachine })
        {
            byte[] wrapped = new byte[1 + ServicePath.HeaderBytes + inner.Length];
            wrapped[0] = (byte)direction;
            ContainerPath.Wrap(inner, direction, wrapped.AsSpan(1));
            yield return wrapped;
            // As it comes back: two functions have counted the index down.
            byte[] walked = [.. wrapped];
            walked[1 + ServicePath.HeaderBytes - 1] -= 2;
            yield return walked;
        }

        byte[] tunnelled = new byte[1 + 256];
        tunnelled[0] = 2;
        Span<byte> packet = tunnelled.AsSpan(1);
        int nsh = NshHeader.MinLength + NshHeader.FixedContextLength;
        int length = UdpHeader.Length + VxlanHeader.Length + nsh + inner.Length;
        int at = new IPv4Header { Source = Gateway, Destination = Node, Protocol = IpProtocol.Udp, PayloadLength = length }.Write(packet);
        at += new UdpHeader(50_000, 4790, length - UdpHeader.Length).Write(packet[at..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[at..], 0x0C00_0004);
        BinaryPrimitives.WriteUInt32BigEndian(packet[(at + 4)..], 1001 << 8);
        at += VxlanHeader.Length;
        at += new NshHeader(1001, 255, NshNextProtocol.Ethernet).Write(packet[at..], new byte[NshHeader.FixedContextLength]);
        inner.CopyTo(packet[at..]);
        yield return tunnelled[..(1 + at + inner.Length)];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = input[1..];
        if (NshView.TryParse(bytes, out NshView header))
        {
            Require(header.Context.Length + header.Payload.Length < bytes.Length, "more inside a header than there is");
        }

        if (input[0] % 3 == 2)
        {
            SaseDrop drop = Tunnel.Open(bytes, out OpenedTunnel tunnel);
            Require(drop != SaseDrop.None || (tunnel.FrameOffset > 0 && tunnel.FrameOffset <= tunnel.End && tunnel.End <= bytes.Length), "a frame outside its packet");
        }
        else if (ContainerPath.TryUnwrap(bytes, (ServiceDirection)(input[0] % 3), out ReadOnlySpan<byte> packet))
        {
            Require(packet.Length <= bytes.Length - ServicePath.HeaderBytes, "a packet that is longer than what the header stands before");
        }
    }
}
