namespace Weft.Pcap;

/// <summary>What the section header of a pcapng file says, and how it is written.</summary>
public sealed record PcapngWriterOptions
{
    /// <summary>Description of the machine (shb_hardware), or null.</summary>
    public string? Hardware { get; init; }

    /// <summary>Name of the operating system (shb_os), or null.</summary>
    public string? Os { get; init; }

    /// <summary>Name of the program that writes (shb_userappl), or null.</summary>
    public string? Application { get; init; } = "Weft";

    /// <summary>A remark about the whole section, or null.</summary>
    public string? Comment { get; init; }

    /// <summary>Writes numbers big-endian instead of little-endian; readers take both.</summary>
    public bool BigEndian { get; init; }

    /// <summary>Bytes collected before they are written to a stream, 1 KiB to 64 MiB; without meaning for a pipe.</summary>
    public int BufferBytes { get; init; } = 256 * 1024;

    internal PcapngWriterOptions Validate()
    {
        PcapWriteLimits.Check(BufferBytes, PcapWriteLimits.MinBufferBytes, PcapWriteLimits.MaxBufferBytes, nameof(BufferBytes));
        return this;
    }
}
