using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys by which an endpoint learns what paths carry.</summary>
internal static class PathMtuShape
{
    public static Shape<PathMtuSection> Shape { get; } = new(
        "pathMtu",
        "How the endpoint learns how large packets to its peers may be: from routers' messages, and from probes if it may send any.",
        new ScalarField<PathMtuSection, bool>("probe", "Whether paths are probed with pings that nobody may fragment (RFC 8899), for paths that drop long packets and say nothing. Peers must answer pings.", Scalars.Boolean, (s, v) => s.Probe = v).Default(false),
        new ScalarField<PathMtuSection, int>("probeTimeoutSeconds", "Time in which a probe is answered.", Scalars.Integer(1, 60, "seconds"), (s, v) => s.ProbeTimeoutSeconds = v).Default(15),
        new ScalarField<PathMtuSection, int>("maxProbes", "Probes of one size without an answer until it counts as too large.", Scalars.Integer(1, 10), (s, v) => s.MaxProbes = v).Default(3),
        new ScalarField<PathMtuSection, int>("confirmSeconds", "Time between confirmations that the size found still passes.", Scalars.Integer(1, 300, "seconds"), (s, v) => s.ConfirmSeconds = v).Default(30),
        new ScalarField<PathMtuSection, int>("raiseMinutes", "Time after which a path that was found smaller is tried larger again (RFC 1191 section 6.3 allows no less).", Scalars.Integer(5, 1440, "minutes"), (s, v) => s.RaiseMinutes = v).Default(10));
}
