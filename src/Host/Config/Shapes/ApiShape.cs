using Weft.Host.Config.Document;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of the web server.</summary>
internal static class ApiShape
{
    public static Shape<ApiSection> Shape { get; } = new(
        "api",
        "The web server: dashboard, HTTP interface, metrics. 'weft run' starts it if this group is there, or with '--web'..",
        new ScalarField<ApiSection, TunnelAddress>("listen", "Address that it listens on. Any other than a loopback address needs certificate, key and clientAuthority.", Scalars.OwnAddress, (s, v) => s.Listen = v).Default(new TunnelAddress(new IPv4Address(0x7F00_0001))),
        new ScalarField<ApiSection, int>("port", "TCP port there.", Scalars.Integer(1, 65_535), (s, v) => s.Port = v).Default(ApiPlan.DefaultPort),
        new ScalarListField<ApiSection, string>("hosts", "Further names under which browsers may ask for it; a request for any other name is refused (DNS rebinding).", Scalars.HostName, 64, "the address, and localhost if it is a loopback address", s => s.Hosts),
        new ScalarField<ApiSection, string>("tokenFile", "File with the token that changes need, 32 to 256 printable characters, readable by its owner alone (mode 0600).", Scalars.Path, (s, v) => s.TokenFile = v).IfAbsent("nothing can be changed"),
        new ScalarField<ApiSection, string>("certificate", "File with the server's certificate and those between it and its authority (PEM).", Scalars.Path, (s, v) => s.Certificate = v).IfAbsent("HTTP without TLS, on loopback alone"),
        new ScalarField<ApiSection, string>("key", "File with its key (PEM), readable by its owner alone (mode 0600).", Scalars.Path, (s, v) => s.Key = v).IfAbsent("required with a certificate"),
        new ScalarField<ApiSection, string>("clientAuthority", "File with the certificates that must have signed every client's (PEM).", Scalars.Path, (s, v) => s.ClientAuthority = v).IfAbsent("clients show no certificate, on loopback alone"));
}
