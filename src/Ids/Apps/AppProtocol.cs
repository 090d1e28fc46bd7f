namespace Weft.Ids;

/// <summary>Application protocols that conversations are told apart by.</summary>
public enum AppProtocol : byte
{
    /// <summary>Not known, or not known yet.</summary>
    Unknown,

    /// <summary>HTTP/1 (RFC 9112).</summary>
    Http,

    /// <summary>HTTP/2 (RFC 9113), by its preface; its frames are not parsed.</summary>
    Http2,

    /// <summary>DNS over UDP or TCP (RFC 1035).</summary>
    Dns,

    /// <summary>TLS (RFC 8446) and its predecessors.</summary>
    Tls,

    /// <summary>SSH (RFC 4253), by its version line.</summary>
    Ssh,

    /// <summary>SMTP (RFC 5321), by its greeting or first command.</summary>
    Smtp,

    /// <summary>FTP's control connection (RFC 959), by its greeting or first command.</summary>
    Ftp,

    /// <summary>SMB over TCP, by its header.</summary>
    Smb,

    /// <summary>IMAP (RFC 9051), by its greeting or first command.</summary>
    Imap,

    /// <summary>POP3 (RFC 1939), by its greeting.</summary>
    Pop3,

    /// <summary>DHCP (RFC 2131), by its cookie.</summary>
    Dhcp,

    /// <summary>NTP (RFC 5905), by its port and mode.</summary>
    Ntp,

    /// <summary>SNMP (RFC 3416), by its version field.</summary>
    Snmp,

    /// <summary>SIP (RFC 3261), by its first line.</summary>
    Sip,
}
