using Weft.Packets;

namespace Weft.Ids;

/// <summary>Follows a conversation as far as <c>flow</c> asks: who began it, and whether it is established.</summary>
internal static class FlowTracker
{
    /// <summary>Takes note of a packet.</summary>
    /// <returns>True if the packet goes to the server, the side that did not begin.</returns>
    public static bool Advance(ref FlowState flow, in PacketFacts packet, bool sourceIsLow, bool isNew, bool acceptMidstream)
    {
        const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;
        bool isSyn = packet.IsTcp && (packet.TcpFlags & SynAck) == TcpFlags.Syn;
        bool isSynAck = packet.IsTcp && (packet.TcpFlags & SynAck) == SynAck;
        if (isNew || (isSyn && flow.Stage is FlowStage.New or FlowStage.Midstream))
        {
            // Whoever answers a SYN that was not seen is the server.
            flow.ClientIsLow = sourceIsLow != isSynAck;
            flow.Stage = isSyn ? FlowStage.SynSeen
                : packet.IsTcp ? (acceptMidstream ? FlowStage.Established : FlowStage.Midstream)
                : FlowStage.New;
            return flow.ClientIsLow == sourceIsLow;
        }

        bool toServer = flow.ClientIsLow == sourceIsLow;
        if (!packet.IsTcp)
        {
            flow.Stage = toServer ? flow.Stage : FlowStage.Established;
        }
        else if (flow.Stage == FlowStage.SynSeen && isSynAck && !toServer)
        {
            flow.Stage = FlowStage.SynAckSeen;
        }
        else if (flow.Stage == FlowStage.SynAckSeen && toServer && (packet.TcpFlags & TcpFlags.Ack) != 0)
        {
            flow.Stage = FlowStage.Established;
        }

        return toServer;
    }
}
