namespace Weft.Pcap;

/// <summary>Words for <see cref="PcapError"/>.</summary>
public static class PcapErrorExtensions
{
    /// <summary>A sentence for people, without the offset; allocates nothing.</summary>
    public static string Describe(this PcapError error) => error switch
    {
        PcapError.None => "no error",
        PcapError.UnknownFormat => "neither a pcap nor a pcapng file",
        PcapError.Compressed => "the file is compressed; decompress it first (gunzip, zstd -d, …)",
        PcapError.UnsupportedVersion => "unsupported version of the file format",
        PcapError.Truncated => "the file ends inside a record",
        PcapError.PacketTooLarge => "a packet claims more bytes than the reader's limit",
        PcapError.BlockTooLarge => "a block claims more bytes than the reader's limit",
        PcapError.InvalidBlockLength => "a block's length is impossible",
        PcapError.BlockLengthMismatch => "the two lengths of a block differ",
        PcapError.InvalidByteOrderMagic => "a section header's byte-order magic is invalid",
        PcapError.PacketExceedsBlock => "a packet is longer than the block that holds it",
        PcapError.UnknownInterface => "a packet names an interface that was not described",
        PcapError.TooManyInterfaces => "a section describes more interfaces than the reader's limit",
        PcapError.MalformedOptions => "an option of an interface description is malformed",
        PcapError.NotPcapng => "the file is pcap, which has no blocks",
        _ => error.ToString(),
    };
}
