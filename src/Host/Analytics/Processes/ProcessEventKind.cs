namespace Weft.Host.Analytics.Processes;

/// <summary>What the kernel says of a process.</summary>
internal enum ProcessEventKind : byte
{
    /// <summary>It was made by another.</summary>
    Fork,

    /// <summary>It runs another program from now on.</summary>
    Exec,

    /// <summary>It is over.</summary>
    Exit,
}
