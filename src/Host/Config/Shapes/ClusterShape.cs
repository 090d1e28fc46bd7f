using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys of what hosts share.</summary>
internal static class ClusterShape
{
    private static readonly Shape<EtcdSection> Etcd = new(
        "etcd",
        "etcd 3.4 or later, over gRPC.",
        new ScalarListField<EtcdSection, string>("endpoints", "Client addresses of its members, such as https://10.0.0.1:2379.", Scalars.Member, 16, "the store is a file", s => s.Endpoints),
        new ScalarField<EtcdSection, string>("authority", "File with the certificates that may have signed the members' (PEM).", Scalars.Path, (s, v) => s.Authority = v).IfAbsent("those of the system"),
        new ScalarField<EtcdSection, string>("certificate", "File with the certificate that this host shows (PEM).", Scalars.Path, (s, v) => s.Certificate = v).IfAbsent("none is shown"),
        new ScalarField<EtcdSection, string>("key", "File with its key (PEM), readable by its owner alone.", Scalars.Path, (s, v) => s.Key = v).IfAbsent("required with a certificate"));

    public static Shape<ClusterSection> Shape { get; } = new(
        "cluster",
        "Where hosts keep what they share: end points of segments, blocks of ports. A change here needs a restart.",
        new ScalarField<ClusterSection, string>("host", "This host's name; no two hosts have the same.", Scalars.Name, (s, v) => s.Host = v).IfAbsent("the name of the switch"),
        new ScalarField<ClusterSection, string>("file", "A store of this host alone: a file that survives crashes.", Scalars.Path, (s, v) => s.File = v).IfAbsent("the store is etcd"),
        new GroupField<ClusterSection, EtcdSection>("etcd", "A store of all hosts.", Etcd, (s, v) => s.Etcd = v),
        new ScalarField<ClusterSection, int>("leaseSeconds", "Time without the store after which this host gives up what it leased, and others take it for gone.", Scalars.Integer(3, 3600, "seconds"), (s, v) => s.LeaseSeconds = v).Default(30));
}
