using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Segments;
using Weft.Sase.Tunnels;

namespace Weft.Sase;

/// <summary>What services answer to senders whose packets they reject. The answer takes the packet's place; how many there are is for the services to bound.</summary>
public sealed partial class ManagedServiceNode
{
    private readonly byte[] _answer = new byte[Rejection.MaxBytes];

    private SaseVerdict AnswerTunnel(Span<byte> buffer, int offset, int length, in OpenedTunnel tunnel, Segment segment)
    {
        Span<byte> packet = buffer[offset..];
        if (packet.Length < tunnel.FrameOffset + length)
        {
            return SaseVerdict.Dropped(SaseDrop.Service, segment.Vni);
        }

        Span<byte> frame = packet[tunnel.FrameOffset..];
        _answer.AsSpan(0, length).CopyTo(frame);
        _pop.GatewayMac.Write(frame);
        _pop.RouterMac.Write(frame[MacAddress.Length..]);
        OpenedTunnel back = tunnel;
        back.End = tunnel.FrameOffset + length;
        _tunnel.TurnBack(packet, back, tunnel.Source, _bundles[segment.Bundle].Epoch, tos: 0, sourcePort: 0xC000);
        _counters.Rejections++;
        return new SaseVerdict(SaseAction.ToTunnel, SaseDrop.Service, offset, back.End, segment.Vni);
    }

    private bool TryTranslateAnswer(int length, in FlowKey4 inner, in FlowKey4 outer)
    {
        Span<byte> answer = _answer.AsSpan(0, length);
        return PacketLayout.TryParse(answer, out PacketLayout layout) && PacketEdits.TranslateOut(answer, layout, inner, outer);
    }

    private SaseVerdict AnswerUplink(Span<byte> buffer, int offset, int length, Segment segment)
    {
        ReadOnlySpan<byte> packet = _answer.AsSpan(ServiceTunnel.EthernetLength, length - ServiceTunnel.EthernetLength);
        if (buffer.Length - offset < packet.Length)
        {
            return SaseVerdict.Dropped(SaseDrop.Service, segment.Vni);
        }

        packet.CopyTo(buffer[offset..]);
        _counters.Rejections++;
        return new SaseVerdict(SaseAction.ToUplink, SaseDrop.Service, offset, packet.Length, segment.Vni);
    }
}
