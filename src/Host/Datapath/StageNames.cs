namespace Weft.Host.Datapath;

/// <summary>Names of stages as operators see them.</summary>
internal static class StageNames
{
    private static readonly string[] Names = ["ingress", "link", "dispatch", "open", "decap", "endpoint", "span", "mirror", "guard", "acl", "qos", "mesh", "bridge", "services", "ids", "multicast", "egress", "route", "lb", "nat", "nat-gateway", "sase", "deliver", "encap", "seal", "transmit"];

    /// <summary>Number of stages.</summary>
    public static int Count => Names.Length;

    /// <summary>The name of a stage.</summary>
    public static string Of(StageId stage) => Names[(int)stage];
}
