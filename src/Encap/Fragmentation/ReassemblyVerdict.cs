namespace Weft.Encap;

/// <summary>What became of a fragment. Every one is counted in the field of <see cref="ReassemblyCounters"/> with the same name.</summary>
public enum ReassemblyVerdict : byte
{
    /// <summary>Stored; the frame is not complete.</summary>
    Stored,

    /// <summary>The frame is complete: take its bytes, then release the handle.</summary>
    Completed,

    /// <summary>The fragment is the whole frame; use its own bytes. It touches no frame under way (RFC 6946).</summary>
    Atomic,

    /// <summary>Received before; ignored.</summary>
    Duplicate,

    /// <summary>No bytes, total length 0, or end behind the total length.</summary>
    BadBounds,

    /// <summary>Total length beyond what this receiver takes.</summary>
    TooLong,

    /// <summary>Shorter than the least fragment, or not a multiple of eight though not the last.</summary>
    TooSmall,

    /// <summary>The first fragment does not hold an Ethernet header (the rule of RFC 7112 for our headers).</summary>
    HeaderSplit,

    /// <summary>Overlaps another with different bounds: the frame is discarded, late fragments included (RFC 5722).</summary>
    Overlap,

    /// <summary>Another total length than fragments before: the frame is discarded, late fragments included.</summary>
    LengthConflict,

    /// <summary>Congestion marks that exclude each other among fragments: the frame is discarded (RFC 3168 section 5.3).</summary>
    EcnConflict,

    /// <summary>Belongs to a frame that was discarded.</summary>
    Discarded,

    /// <summary>The remote endpoint has its share of frames under way.</summary>
    SourceQuota,

    /// <summary>The virtual network has its share of frames under way.</summary>
    VniQuota,

    /// <summary>Every place is taken, and by endpoints that have no more of them than this one.</summary>
    Full,
}
