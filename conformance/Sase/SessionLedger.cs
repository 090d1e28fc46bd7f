using Weft.Packets;
using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>Takes what nodes say of sessions, and holds them to it: no name comes twice, and each session has one start, and after it at most one end.</summary>
internal sealed class SessionLedger
{
    private readonly HashSet<SessionId> _named = [];
    private readonly Dictionary<SessionId, SessionRecord> _open = [];

    public List<SessionRecord> All { get; } = [];

    public int Open => _open.Count;

    public static ServiceNodeOptions Noted(ServiceNodeOptions options) => options with { Sessions = new SessionLogOptions { Series = options.Incarnation } };

    public SessionLedger Take(ManagedServiceNode node)
    {
        while (node.TryTakeSession(out SessionRecord record))
        {
            All.Add(record);
            switch (record.Kind)
            {
                case SessionRecordKind.Started:
                    Assert.True(!record.Id.IsNone && _named.Add(record.Id), $"{record.Id} was there before");
                    Assert.True(record.At == record.Began && record.Reason is SessionReason.Policy or SessionReason.TakenOver, record.ToString());
                    _open.Add(record.Id, record);
                    break;
                case SessionRecordKind.Ended:
                    Assert.True(_open.Remove(record.Id, out SessionRecord start), $"{record.Id} ended and is not there");
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
    public bool Lives(int node, IPv4Address address, ushort port) => _open.Values.Any(session => session.Id.Node == node && session.PublicAddress == address && session.PublicPort == port);

    /// <summary>A node is gone at once: nobody will end its sessions.</summary>
    public void Lose(int node)
    {
        foreach (SessionId id in _open.Keys.Where(id => id.Node == node).ToArray())
        {
            _ = _open.Remove(id);
        }
    }
}
