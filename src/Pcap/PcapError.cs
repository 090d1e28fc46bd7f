namespace Weft.Pcap;

/// <summary>Why a reader stopped before the end of its input. The reader's offset says at which byte the damage begins.</summary>
public enum PcapError : byte
{
    /// <summary>Nothing is wrong: the input ended where a record ended, or has not ended yet.</summary>
    None,

    /// <summary>The first four bytes are of neither pcap nor pcapng.</summary>
    UnknownFormat,

    /// <summary>The input is compressed (gzip, zstd, lz4, xz or bzip2), which this reader does not undo: decompress it first.</summary>
    Compressed,

    /// <summary>The file says a version other than pcap 2.4 or pcapng 1.x.</summary>
    UnsupportedVersion,

    /// <summary>The input ends inside the file header, record or block that begins at the offset.</summary>
    Truncated,

    /// <summary>A packet claims more bytes than <see cref="PcapReaderOptions.MaxPacketBytes"/>.</summary>
    PacketTooLarge,

    /// <summary>A block claims more bytes than <see cref="PcapReaderOptions.MaxBlockBytes"/>.</summary>
    BlockTooLarge,

    /// <summary>A block's total length is no multiple of four or too small for the fixed fields of its type.</summary>
    InvalidBlockLength,

    /// <summary>The lengths before and after a block's body differ.</summary>
    BlockLengthMismatch,

    /// <summary>A section header carries a byte-order magic that is none in either byte order.</summary>
    InvalidByteOrderMagic,

    /// <summary>A packet claims more captured bytes than its block holds.</summary>
    PacketExceedsBlock,

    /// <summary>A packet names an interface that its section has not described before it.</summary>
    UnknownInterface,

    /// <summary>A section describes more interfaces than <see cref="PcapReaderOptions.MaxInterfaces"/>.</summary>
    TooManyInterfaces,

    /// <summary>An option of an interface description runs past its block, so its timestamps cannot be trusted.</summary>
    MalformedOptions,

    /// <summary>Blocks were asked for, but the file is pcap, which has none.</summary>
    NotPcapng,
}
