namespace Weft.Ids;

/// <summary>Is told when there is something of a message to look at.</summary>
internal interface IMessageEvents
{
    /// <summary>The head of a message, or a message that comes whole, is there.</summary>
    void OnHead(ref Inspection inspection, int session);

    /// <summary>More of a body is there.</summary>
    void OnBody(ref Inspection inspection, int session, bool isComplete);

    /// <summary>The message is complete, or its conversation ended before it was.</summary>
    void OnComplete(ref Inspection inspection, int session);
}
