using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of moves between hosts.</summary>
internal static class MovesShape
{
    private const int DefaultPort = 7411;

    /// <summary>Tables for the guide.</summary>
    public static IEnumerable<GuideTable> Guide() => [DocumentShape.Table(Shape), DocumentShape.Table(Host)];

    public static Shape<MoveHostSection> Host { get; } = new(
        "moveHost",
        "A host that machines may move to.",
        new ScalarField<MoveHostSection, string>("name", "Its name; 'weft migrate' takes it.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<MoveHostSection, TunnelAddress>("address", "Where it listens.", Scalars.Address, (s, v) => s.Address = v).Required(),
        new ScalarField<MoveHostSection, int>("port", "TCP port there.", Scalars.Integer(1, 65_535), (s, v) => s.Port = v).Default(DefaultPort));

    public static Shape<MovesSection> Shape { get; } = new(
        "moves",
        "How machines move between hosts while their connections go on. Both ends prove that they know the secret, and everything is encrypted (TLS 1.3).",
        new ScalarField<MovesSection, TunnelAddress>("listen", "Own address that other hosts bring machines to.", Scalars.Address, (s, v) => s.Listen = v).IfAbsent("no machine comes here"),
        new ScalarField<MovesSection, int>("port", "TCP port there.", Scalars.Integer(1, 65_535), (s, v) => s.Port = v).Default(DefaultPort),
        new ScalarField<MovesSection, string>("keyFile", "File with the secret that all hosts share, 16 bytes at least, random.", Scalars.Path, (s, v) => s.KeyFile = v).IfAbsent("required with 'listen' or 'hosts'"),
        new ScalarField<MovesSection, int>("freezeMilliseconds", "Longest time for which a machine's packets may be held before the move is given up.", Scalars.Integer(10, 10_000, "milliseconds"), (s, v) => s.FreezeMilliseconds = v).Default(500),
        new ScalarField<MovesSection, int>("timeoutMilliseconds", "Silence after which the other host is given up.", Scalars.Integer(100, 60_000, "milliseconds"), (s, v) => s.TimeoutMilliseconds = v).Default(2000),
        new GroupListField<MovesSection, MoveHostSection>("hosts", "Hosts that machines may move to.", Host, 0, 4096, s => s.Hosts));
}
