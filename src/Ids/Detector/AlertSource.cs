namespace Weft.Ids;

/// <summary>What a rule matched.</summary>
public enum AlertSource : byte
{
    /// <summary>The packet by itself.</summary>
    Packet,

    /// <summary>The stream that the packet belongs to.</summary>
    Stream,

    /// <summary>A message of the application.</summary>
    Message,
}
