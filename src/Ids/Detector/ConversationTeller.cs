namespace Weft.Ids;

/// <summary>Tells an observer of messages and of the ends of conversations.</summary>
internal sealed class ConversationTeller(IConversationObserver observer, AppStore apps)
{
    /// <summary>Tells of the message that a session's direction has just brought.</summary>
    public void Tell(ref Inspection inspection, int session)
    {
        ref AppDirection side = ref apps[session, inspection.ToServer];
        bool isDns = inspection.Flow.App == AppProtocol.Dns;
        bool isWhole = side.Phase is not (AppPhase.ChunkSize or AppPhase.ChunkData or AppPhase.ChunkEnd) && side.Remaining is 0 or long.MaxValue;
        var message = new AppMessage(inspection.ToServer, side.Messages, side.BodySkipped + side.BodyLength, isWhole, isDns ? apps.LastHeadOf(session, inspection.ToServer) : default);
        Tell(ref inspection, in message, apps.LastHeadOf(session, toServer: true), apps.LastHeadOf(session, toServer: false));
    }

    /// <summary>Tells of a message that came whole in one packet.</summary>
    public void TellDatagram(ref Inspection inspection, ReadOnlySpan<byte> bytes)
    {
        var message = new AppMessage(inspection.ToServer, inspection.Message, 0, isWhole: true, bytes);
        Tell(ref inspection, in message, bytes, default);
    }

    /// <summary>Tells of a request that nothing answered before the connection ended.</summary>
    public void TellUnanswered(ref Inspection inspection)
    {
        ref FlowState flow = ref inspection.Flow;
        if (flow.App != AppProtocol.Http || !apps.Slots.IsHeld(flow.Session, flow.SessionUse))
        {
            return;
        }

        ref AppDirection response = ref apps[flow.Session, toServer: false];
        int answers = response.Messages;
        if (response.Phase != AppPhase.Done && apps[flow.Session, toServer: true].Messages > answers)
        {
            var message = new AppMessage(isToServer: true, answers, 0, isWhole: true, default);
            Tell(ref inspection, in message, apps.LastHeadOf(flow.Session, toServer: true), default);
        }
    }

    /// <summary>Tells that a conversation ended.</summary>
    /// <param name="flow">What is remembered of it.</param>
    /// <param name="key">Its ends.</param>
    /// <param name="why">Why it did.</param>
    public void TellEnd(in FlowState flow, in FlowTuple key, ConversationEnd why)
    {
        PacketFacts ends = ConversationTable.FactsOf(in key, flow.ClientIsLow);
        ConversationFacts facts = ConversationFacts.Of(in flow, ends.Source, ends.Destination, ends.SourcePort, ends.DestinationPort);
        facts.End = why;
        observer.OnEnd(new Conversation(in facts, default, default));
    }

    private void Tell(ref Inspection inspection, in AppMessage message, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        ref PacketFacts packet = ref inspection.Packet;
        ConversationFacts facts = inspection.ToServer
            ? ConversationFacts.Of(in inspection.Flow, packet.Source, packet.Destination, packet.SourcePort, packet.DestinationPort)
            : ConversationFacts.Of(in inspection.Flow, packet.Destination, packet.Source, packet.DestinationPort, packet.SourcePort);
        var conversation = new Conversation(in facts, request, response);
        observer.OnMessage(in conversation, in message, inspection.Now);
    }
}
