namespace Weft.Ids;

/// <summary>Who is told that a packet was rejected.</summary>
public enum RejectTarget : byte
{
    /// <summary>The sender.</summary>
    Source,

    /// <summary>The receiver.</summary>
    Destination,

    /// <summary>Both.</summary>
    Both,
}
