namespace Weft.Ids;

/// <summary>The names that rules and event streams have for application protocols.</summary>
internal static class AppNames
{
    // Of several names of one protocol the first is the one that is written.
    private static readonly (string Name, AppProtocol App)[] Known =
    [
        ("http", AppProtocol.Http), ("http1", AppProtocol.Http), ("http2", AppProtocol.Http2), ("dns", AppProtocol.Dns), ("tls", AppProtocol.Tls), ("ssl", AppProtocol.Tls),
        ("ssh", AppProtocol.Ssh), ("smtp", AppProtocol.Smtp), ("ftp", AppProtocol.Ftp), ("smb", AppProtocol.Smb), ("imap", AppProtocol.Imap), ("pop3", AppProtocol.Pop3),
        ("dhcp", AppProtocol.Dhcp), ("ntp", AppProtocol.Ntp), ("snmp", AppProtocol.Snmp), ("sip", AppProtocol.Sip),
    ];

    public static bool TryParse(string name, out AppProtocol app)
    {
        app = Array.Find(Known, known => known.Name == name).App;
        return app != AppProtocol.Unknown;
    }

    public static string NameOf(AppProtocol app) => Array.Find(Known, known => known.App == app).Name;
}
