using Weft.Host.Config.Document;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of the way back to load balancers.</summary>
internal static class LbShape
{
    public static Shape<LbMemberSection> Member { get; } = new(
        "member",
        "A load balancer.",
        new ScalarField<LbMemberSection, string>("name", "Shown in tables; 'weft lb drain' takes it.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<LbMemberSection, MacAddress>("mac", "Its MAC address in the segment of the load balancers.", Scalars.Mac, (s, v) => s.Mac = v).Required());

    public static Shape<LbSection> Shape { get; } = new(
        "lb",
        "A router between load balancers and servers that sends replies to the load balancer that their flow came from, so that load balancers may keep clients' addresses.",
        new ScalarField<LbSection, string>("name", "Shown in tables and traces.", Scalars.Name, (s, v) => s.Name = v).Required(),
        new ScalarField<LbSection, string>("router", "Name of the router.", Scalars.Name, (s, v) => s.Router = v).Required(),
        new ScalarField<LbSection, string>("front", "Name of the segment of the load balancers.", Scalars.Name, (s, v) => s.Front = v).Required(),
        new ScalarField<LbSection, string>("back", "Name of the segment of the servers.", Scalars.Name, (s, v) => s.Back = v).Required(),
        new ScalarListField<LbSection, NetworkAddress>("servers", "Networks of the servers.", Scalars.Prefix, 256, "the whole segment", s => s.Servers),
        new GroupListField<LbSection, LbMemberSection>("members", "Load balancers.", Member, 1, 1024, s => s.Members),
        new ScalarField<LbSection, RebindPolicy>("policy", "Who owns a flow that comes from another load balancer: pinned, the first one; follow-forward, the last one; follow-syn, the last one that opened it.", Scalars.OneOf(("pinned", RebindPolicy.Pinned), ("follow-forward", RebindPolicy.FollowForward), ("follow-syn", RebindPolicy.FollowSyn)), (s, v) => s.Policy = v).Default(RebindPolicy.Pinned),
        new ScalarField<LbSection, bool>("learning", "Whether flows are learned; without it replies are routed by their destination.", Scalars.Boolean, (s, v) => s.Learning = v).Default(true),
        new ScalarField<LbSection, bool>("takeOver", "Whether the flows of a load balancer that is taken away are given to the others.", Scalars.Boolean, (s, v) => s.TakeOver = v).Default(true),
        new ScalarField<LbSection, int>("flows", "Flows that are remembered, of each family.", Scalars.Integer(16, 1 << 24), (s, v) => s.Flows = v).Default(65_536));
}
