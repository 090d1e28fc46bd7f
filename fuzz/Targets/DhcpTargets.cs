using System.Buffers.Binary;
using Weft.Bridge;
using Weft.Fuzz.Mutation;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>DHCP messages to begin with, alone and in their frames.</summary>
internal static class DhcpMessages
{
    public static readonly byte[][] Words =
    [
        [0x63, 0x82, 0x53, 0x63], [53, 1, 1], [53, 1, 3], [53, 1, 5], [53, 1, 7], [51, 4, 0, 0, 0, 60], [51, 4, 255, 255, 255, 255], [82, 4, 1, 2, 0, 1], [52, 1, 3], [255], [0], [0, 67], [0, 68],
        [2, 0x22], [2, 0x23], [0, 3, 0, 40], [0, 5, 0, 24], [0, 25, 0, 41], [0, 9, 0, 8], [0, 18, 0, 2], [0, 79, 0, 8], [10, 1, 0, 9],
    ];

    /// <summary>A client's question and the server's answer, one a lease.</summary>
    public static readonly byte[][] V4 = [Message(1, 1), Message(2, 2), Message(1, 3), Message(2, 5), Message(1, 7), Message(1, 1, 82, 4, 1, 2, 0, 1)];

    public static readonly byte[][] V6 =
    [
        [1, 0, 0, 1, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 1, 0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        [7, 0, 0, 1, 0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 24, 0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 60, 0, 0, 0, 60],
        [13, 0, .. new byte[32], 0, 18, 0, 2, 0, 7, 0, 9, 0, 4, 7, 0, 0, 1],
        [12, 1, .. new byte[32], 0, 9, 0, 4, 1, 0, 0, 1],
    ];

    public static byte[] Frame(byte[] payload, ushort from, ushort to, bool isV6, bool fromServer)
    {
        byte[] frame = new byte[14 + (isV6 ? IPv6Header.Length : IPv4Header.MinLength) + 8 + payload.Length];
        MacAddress client = new(0x0200_0000_0001UL), server = new(0x0200_0000_0063UL);
        int at = new EthernetHeader { Destination = fromServer ? client : MacAddress.Broadcast, Source = fromServer ? server : client, EtherType = isV6 ? EtherType.IPv6 : EtherType.IPv4 }.Write(frame);
        at += isV6
            ? new IPv6Header { Source = IPv6Address.Parse("fe80::1"), Destination = IPv6Address.Parse("ff02::1:2"), NextHeader = IpProtocol.Udp, PayloadLength = 8 + payload.Length }.Write(frame.AsSpan(at))
            : new IPv4Header { Source = fromServer ? IPv4Address.Parse("10.1.0.1") : IPv4Address.Any, Destination = IPv4Address.Parse("255.255.255.255"), Protocol = IpProtocol.Udp, PayloadLength = 8 + payload.Length }.Write(frame.AsSpan(at));
        at += new UdpHeader(from, to, payload.Length).Write(frame.AsSpan(at));
        payload.CopyTo(frame, at);
        return frame;
    }

    private static byte[] Message(byte operation, byte type, params ReadOnlySpan<byte> more)
    {
        byte[] message = new byte[300];
        (message[0], message[1], message[2]) = (operation, 1, 6);
        new byte[] { 10, 1, 0, 9 }.CopyTo(message, operation == 2 ? 16 : 12);
        new byte[] { 2, 0, 0, 0, 0, 1 }.CopyTo(message, 28);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), 0x6382_5363);
        byte[] options = [53, 1, type, 51, 4, 0, 0, 0, 60, .. more, 255];
        options.CopyTo(message, 240);
        return message;
    }
}

internal sealed class GuardTarget : EngineTarget<GuardTarget.Door>
{
    public override string Name => "guard";

    public override string What => "DHCP snooping, source guard, ARP and ND inspection of four ports";

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    protected override IReadOnlyList<byte[]> Words => DhcpMessages.Words;

    public override IEnumerable<byte[]> Beginnings()
    {
        byte[][] v4 = [.. DhcpMessages.V4.Select(message => DhcpMessages.Frame(message, message[0] == 1 ? (ushort)68 : (ushort)67, message[0] == 1 ? (ushort)67 : (ushort)68, isV6: false, fromServer: message[0] == 2))];
        byte[][] v6 = [.. DhcpMessages.V6.Select(message => DhcpMessages.Frame(message, message[0] == 1 ? (ushort)546 : (ushort)547, message[0] == 1 ? (ushort)547 : (ushort)546, isV6: true, fromServer: message[0] != 1))];
        yield return [.. v4.SelectMany((frame, index) => Script.Step((byte)(index % 2 == 0 ? 0 : 4), 90, frame))];
        yield return [.. v6.SelectMany((frame, index) => Script.Step((byte)(index % 2 == 0 ? 0 : 4), 90, frame))];
        foreach (byte[] conversation in base.Beginnings())
        {
            yield return conversation;
        }
    }

    protected override Door Make(Timestamp start) => new(start);

    protected override void Step(Door engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Door(Timestamp start) : IDisposable
    {
        private readonly AccessGuard _guard = new(new AccessGuardOptions
        {
            Ports =
            [
                new GuardPortOptions { Pvid = 10, Snoops = true, ChecksSources = true, DhcpPerSecond = 10_000 },
                new GuardPortOptions { Pvid = 10, Snoops = true, DhcpPerSecond = 2 },
                new GuardPortOptions { Pvid = 20, ChecksSources = true, Addresses4 = [IPv4Address.Parse("10.1.0.9")], Addresses6 = [IPv6Address.Parse("2001:db8::9")] },
                new GuardPortOptions { Pvid = 10 },
            ],
            VlansOfPorts = [[10], [10, 20], [20], [10, 20]],
            Capacity = 16,
            Seed = new HashSeed(1, 2),
            Start = start,
        });

        public void Take(byte where, ReadOnlySpan<byte> frame, Timestamp now)
        {
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            if ((where & 4) != 0)
            {
                _guard.Overhear(10, frame, in layout, now);
            }
            else
            {
                GuardVerdict verdict = _guard.Check(where & 3, frame, in layout, now);
                Require((where & 3) != 3 || verdict == GuardVerdict.Pass, "a trusted port was refused something");
            }

            _guard.Advance(now);
            Require(_guard.Count <= 16, "more bindings than there is room for");
            foreach (GuardBinding binding in (where & 8) != 0 ? _guard.ToList(now) : [])
            {
                Require(binding.Expires > now, "a binding that is over");
                _guard.Restore(in binding);
            }
        }

        public void Dispose() => _guard.Dispose();
    }
}

internal sealed class DhcpRelayTarget : BytesTarget
{
    private static readonly DhcpRelay[] Relays =
    [
        new(new DhcpRelayOptions { Address = IPv4Address.Parse("10.1.0.1"), Link = IPv4Address.Parse("10.1.0.0"), Address6 = IPv6Address.Parse("2001:db8::1"), InterfaceId = 7 }),
        new(new DhcpRelayOptions { Address = IPv4Address.Parse("10.1.0.1"), Address6 = IPv6Address.Parse("2001:db8::1"), TrustsRelays = true, AddsInformation = false, MaxHops = 16 }),
    ];

    private readonly byte[] _written = new byte[DhcpRelay.MaxMessageBytes];
    private readonly byte[] _back = new byte[DhcpRelay.MaxMessageBytes];

    public override string Name => "dhcp-relay";

    public override string What => "DHCP of both versions through a relay, there and back";

    public override IReadOnlyList<string> Assemblies => ["Bridge"];

    protected override IReadOnlyList<byte[]> Words => DhcpMessages.Words;

    public override IEnumerable<byte[]> Beginnings() => DhcpMessages.V4.Concat(DhcpMessages.V6);

    public override void Run(ReadOnlySpan<byte> input)
    {
        foreach (DhcpRelay relay in Relays)
        {
            if (relay.Forward(input, "circuit"u8, "remote"u8, _written, out int length) == DhcpRelayVerdict.Relayed)
            {
                Require(length > 0 && length <= _written.Length, "more written than there is room for");
                _ = relay.Return(_written.AsSpan(0, length), _back, out _, out _);
            }

            Fits(relay.Return(input, _back, out length, out _), length);
            Fits(relay.Forward6(input, IPv6Address.Parse("fe80::1"), _written, out length), length);
            _ = relay.Return6(input, out ReadOnlySpan<byte> inner, out _);
            Require(inner.Length <= input.Length, "more inside than there is outside");
        }
    }

    private void Fits(DhcpRelayVerdict verdict, int length) => Require(length >= 0 && length <= _back.Length && (verdict != DhcpRelayVerdict.Relayed || length > 0), "a length that cannot be");
}
