namespace Weft.Sase;

/// <summary>What became of a message of another member.</summary>
public enum MessageVerdict : byte
{
    /// <summary>It was understood and has been dealt with.</summary>
    Accepted,

    /// <summary>It is cut off or contradicts itself.</summary>
    Malformed,

    /// <summary>It is of another version of the format.</summary>
    OtherVersion,

    /// <summary>It does not come from the address of the member that it names.</summary>
    UnknownSender,

    /// <summary>It was overtaken by later ones, or was here already.</summary>
    Stale,
}
