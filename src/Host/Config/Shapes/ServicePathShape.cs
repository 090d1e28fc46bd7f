using Weft.Host.Config.Document;
using Weft.Services;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of service paths.</summary>
internal static class ServicePathShape
{
    private const int MaxIdentifier = 0xFF_FFFF;

    public static Shape<ServicePathSection> Shape { get; } = new(
        "servicePath",
        "The identifier under which packets are given to the process, behind a network service header (RFC 8300) over Ethernet; a forwarding element inside walks the functions of the path.",
        new ScalarField<ServicePathSection, int>("outward", "Service path identifier of packets that the machine sends.", Scalars.Integer(1, MaxIdentifier), (s, v) => s.Outward = v).Required(),
        new ScalarField<ServicePathSection, int>("inward", "Service path identifier of packets that the machine is sent.", Scalars.Integer(1, MaxIdentifier), (s, v) => s.Inward = v).Required(),
        new ScalarField<ServicePathSection, int>("functions", "Functions on the path, each of which counts the service index down by one; it begins at 255.", Scalars.Integer(1, ServicePath.MaxFunctions), (s, v) => s.Functions = v).Default(1));
}
