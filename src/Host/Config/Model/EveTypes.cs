namespace Weft.Host.Config;

/// <summary>Kinds of records in EVE JSON (<c>event_type</c>).</summary>
[Flags]
public enum EveTypes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A rule matched.</summary>
    Alert = 1,

    /// <summary>A packet was dropped because of a rule.</summary>
    Drop = 2,

    /// <summary>A conversation ended.</summary>
    Flow = 4,

    /// <summary>A request of HTTP with its response.</summary>
    Http = 8,

    /// <summary>A body of HTTP.</summary>
    FileInfo = 16,

    /// <summary>A message of DNS.</summary>
    Dns = 32,

    /// <summary>A handshake of TLS.</summary>
    Tls = 64,

    /// <summary>What messages of applications say.</summary>
    Messages = Http | FileInfo | Dns | Tls,

    /// <summary>Everything.</summary>
    All = Alert | Drop | Flow | Messages,
}
