namespace Weft.Ids;

/// <summary>How far a conversation came.</summary>
public enum ConversationStage : byte
{
    /// <summary>One side spoke, or a TCP handshake is not complete.</summary>
    New,

    /// <summary>Both sides spoke; of TCP the handshake is complete.</summary>
    Established,

    /// <summary>A TCP connection was closed or reset.</summary>
    Closed,
}
