namespace Weft.Host.Config;

/// <summary>How processes are found.</summary>
public enum ProcessCollector
{
    /// <summary>By the kernel's events where it offers them, else by looking at /proc again and again.</summary>
    Auto,

    /// <summary>By the kernel's events (netlink, CN_PROC) or not at all.</summary>
    Netlink,

    /// <summary>By looking at /proc again and again: what lives shorter than the time between two looks is missed.</summary>
    Procfs,
}
