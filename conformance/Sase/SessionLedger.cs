using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>
/// Takes what nodes say of sessions, and holds them to it: no name is given twice, what goes on at another node under its name is the same flow, and on each node each session has one start, and after
/// it at most one end.
/// </summary>
internal sealed class SessionLedger
{
    private readonly Dictionary<SessionId, SessionRecord> _named = [];
    private readonly Dictionary<(int Node, SessionId Id), SessionRecord> _open = [];

    public List<SessionRecord> All { get; } = [];

    public int Open => _open.Count;

    public static ServiceNodeOptions Noted(ServiceNodeOptions options) => options with { Sessions = new SessionLogOptions { Series = options.Incarnation } };

    public SessionLedger Take(ManagedServiceNode node)
    {
        int number = node.Options.Node;
        while (node.TryTakeSession(out SessionRecord record))
        {
            All.Add(record);
            switch (record.Kind)
            {
                case SessionRecordKind.Started:
                    bool isNew = _named.TryAdd(record.Id, record);
                    Assert.True(!record.Id.IsNone && (isNew || record.Reason == SessionReason.TakenOver), $"{record.Id} was there before");
                    Assert.Equal(Of(_named[record.Id]), Of(record));
                    Assert.True(record.At == record.Began && record.Reason is SessionReason.Policy or SessionReason.TakenOver, record.ToString());
                    _open.Add((number, record.Id), record);
                    break;
                case SessionRecordKind.Ended:
                    Assert.True(_open.Remove((number, record.Id), out SessionRecord start), $"{record.Id} ended and is not there");
                    Assert.Equal((start.Flow, start.Began, start.PublicAddress, start.PublicPort), (record.Flow, record.Began, record.PublicAddress, record.PublicPort));
                    Assert.True(record.At >= record.Began && record.PacketsForward + record.PacketsBackward > 0, record.ToString());
                    break;
                default:
                    Assert.True(record.Id.IsNone, "what was blocked has no session");
                    break;
            }
        }

        return this;
    }

    /// <summary>Sessions of a node that live and have a public endpoint.</summary>
    public bool Lives(int node, IPv4Address address, ushort port) => _open.Any(session => session.Key.Node == node && session.Value.PublicAddress == address && session.Value.PublicPort == port);

    /// <summary>A node is gone at once: nobody will end its sessions.</summary>
    public void Lose(int node)
    {
        foreach ((int Node, SessionId Id) known in _open.Keys.Where(known => known.Node == node).ToArray())
        {
            _ = _open.Remove(known);
        }
    }

    private static (FlowKey4, bool, IPv4Address, ushort) Of(in SessionRecord record) => (record.Flow, record.FromUplink, record.PublicAddress, record.PublicPort);
}
