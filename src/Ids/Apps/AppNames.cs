namespace Weft.Ids;

/// <summary>The names that rules and event streams have for application protocols.</summary>
internal static class AppNames
{
    public static bool TryParse(string name, out AppProtocol app)
    {
        app = name switch
        {
            "http" or "http1" => AppProtocol.Http,
            "http2" => AppProtocol.Http2,
            "dns" => AppProtocol.Dns,
            "tls" or "ssl" => AppProtocol.Tls,
            "ssh" => AppProtocol.Ssh,
            "smtp" => AppProtocol.Smtp,
            "ftp" => AppProtocol.Ftp,
            "smb" => AppProtocol.Smb,
            "imap" => AppProtocol.Imap,
            "pop3" => AppProtocol.Pop3,
            "dhcp" => AppProtocol.Dhcp,
            "ntp" => AppProtocol.Ntp,
            "snmp" => AppProtocol.Snmp,
            "sip" => AppProtocol.Sip,
            _ => AppProtocol.Unknown,
        };
        return app != AppProtocol.Unknown;
    }
}
