namespace Weft.Ports;

/// <summary>What a kernel behind a TAP device may leave to the port, and the port to it.</summary>
[Flags]
public enum TapOffloads : byte
{
    /// <summary>Nothing: frames are within the MTU and finished.</summary>
    None = 0,

    /// <summary>Checksums, which the others need.</summary>
    Checksum = 1,

    /// <summary>Superframes of TCP.</summary>
    Tso = 2,

    /// <summary>Superframes of UDP, as far as the kernel has them: since Linux 6.2.</summary>
    Uso = 4,

    /// <summary>All of them.</summary>
    All = Checksum | Tso | Uso,
}
