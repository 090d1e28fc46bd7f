namespace Weft.Pcap;

/// <summary>What one step of <see cref="CaptureDecoder"/> came to.</summary>
internal enum DecodeStatus
{
    /// <summary>The bytes at hand are too few; the step said how many it needs in all.</summary>
    NeedMore,

    /// <summary>A packet; for a step that wants blocks, a block.</summary>
    Delivered,

    /// <summary>Something that the caller did not ask for was understood and passed over.</summary>
    Passed,

    /// <summary>The file is damaged, or is none; every further step says so again.</summary>
    Failed,
}
