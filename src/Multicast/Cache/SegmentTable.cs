namespace Weft.Multicast;

/// <summary>The segments' members as the data path reads them.</summary>
internal sealed class SegmentTable
{
    private readonly MulticastSwitchOptions _options;
    private readonly Segment[] _segments;

    public SegmentTable(MulticastSwitchOptions options)
    {
        _options = options;
        _segments = [.. options.Segments.Select(Build)];
    }

    public int Count => _segments.Length;

    public Segment this[int segment] => _segments[segment];

    public Member MemberAt(int segment, int member) => _segments[segment].Members[member];

    public void Replace(int segment, MulticastSegmentOptions options) => _segments[segment] = Build(options);

    private Segment Build(MulticastSegmentOptions options)
    {
        List<Member> members = [.. options.Members.Select(Build)];
        int underlayGroup = -1;
        if (options.Replication == ReplicationMode.Hybrid)
        {
            underlayGroup = members.Count;
            members.Add(Build(new SegmentMember { Port = options.UnderlayGroupPort, IsVtep = true }));
        }

        return new Segment(options, [.. members], underlayGroup);
    }

    private Member Build(SegmentMember member) => new()
    {
        Port = member.Port,
        Vlan = member.Vlan,
        IsVtep = member.IsVtep,
        Subnet = member.Subnet,
        Outer = member.OuterHeader.IsEmpty ? [] : member.OuterHeader.ToArray(),
        MaxFrameBytes = _options.MaxFrameBytes.Count == 0 ? int.MaxValue : _options.MaxFrameBytes[member.Port],
    };

    /// <summary>A segment; in hybrid mode its last member stands for the underlay's group.</summary>
    internal sealed record Segment(MulticastSegmentOptions Options, Member[] Members, int UnderlayGroup);

    /// <summary>A member.</summary>
    internal sealed class Member
    {
        public required int Port { get; init; }

        public required ushort Vlan { get; init; }

        public required bool IsVtep { get; init; }

        public required byte Subnet { get; init; }

        public required byte[] Outer { get; init; }

        public required int MaxFrameBytes { get; init; }

        public ReadOnlySpan<byte> OuterHeader => Outer;
    }
}
