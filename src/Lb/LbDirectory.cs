using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>The members: records name them by place and generation, so that removing or changing one touches no record.</summary>
internal sealed class LbDirectory : IDisposable
{
    private readonly Member[] _members;
    private readonly FlowTable<ulong, LbId> _byMac;
    private readonly KeyedHash _hash;

    public LbDirectory(int capacity, HashSeed seed)
    {
        _members = new Member[capacity];
        _byMac = new FlowTable<ulong, LbId>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        _hash = new KeyedHash(seed);
    }

    public bool TryAdd(in LbIdentity identity, out LbId id, out bool wrapped)
    {
        (id, wrapped) = (LbId.None, false);
        int place = Array.FindIndex(_members, member => member.State == LbState.Removed);
        if (place < 0 || (!identity.IsTunnel && !_byMac.Find(MacKey(identity.Mac, identity.Port)).IsNone))
        {
            return false;
        }

        ref Member member = ref _members[place];
        member.Generation++;
        wrapped = member.Generation == 0;
        member.Generation += wrapped ? (ushort)1 : (ushort)0;
        member.Identity = identity;
        member.State = LbState.Active;
        member.Flows = 0;
        id = new LbId((ushort)place, member.Generation);
        Register(id, in identity);
        return true;
    }

    public bool TryUpdate(LbId id, in LbIdentity identity)
    {
        if (!IsMember(id))
        {
            return false;
        }

        FlowHandle taken = identity.IsTunnel ? FlowHandle.None : _byMac.Find(MacKey(identity.Mac, identity.Port));
        if (!taken.IsNone && _byMac[taken] != id)
        {
            return false;
        }

        Unregister(in _members[id.Index].Identity);
        _members[id.Index].Identity = identity;
        Register(id, in identity);
        return true;
    }

    public bool SetState(LbId id, LbState state)
    {
        if (!IsMember(id))
        {
            return false;
        }

        if (state == LbState.Removed)
        {
            Unregister(in _members[id.Index].Identity);
        }

        _members[id.Index].State = state;
        return true;
    }

    public bool IsMember(LbId id) =>
        id.Index < _members.Length && _members[id.Index].Generation == id.Generation && _members[id.Index].State != LbState.Removed;

    public ref readonly LbIdentity Identity(LbId id) => ref _members[id.Index].Identity;

    public LbState State(LbId id) => IsMember(id) ? _members[id.Index].State : LbState.Removed;

    public ref int Flows(LbId id) => ref _members[id.Index].Flows;

    public bool TryMatch(MacAddress source, ushort port, out LbId id)
    {
        FlowHandle handle = _byMac.Find(MacKey(source, port));
        id = handle.IsNone ? LbId.None : _byMac[handle];
        return !handle.IsNone;
    }

    /// <summary>The active member with the highest random weight for a flow; at most as many steps as there are places.</summary>
    public LbId Survivor(ulong flowHash)
    {
        LbId best = LbId.None;
        ulong highest = 0;
        for (int place = 0; place < _members.Length; place++)
        {
            ref readonly Member member = ref _members[place];
            if (member.State != LbState.Active)
            {
                continue;
            }

            // The member is recognised by how it is reached, not by its place: so all elements choose alike.
            ulong name = MacKey(member.Identity.Mac, member.Identity.Port) ^ member.Identity.TunnelRemote.High ^ (member.Identity.TunnelRemote.Low * 31) ^ member.Identity.TunnelKey;
            ulong weight = _hash.Hash(flowHash ^ _hash.Hash(name));
            if (best.IsNone || weight > highest)
            {
                (best, highest) = (new LbId((ushort)place, member.Generation), weight);
            }
        }

        return best;
    }

    public void Dispose() => _byMac.Dispose();

    private static ulong MacKey(MacAddress mac, ushort port) => (mac.Value << 16) | port;

    private void Register(LbId id, in LbIdentity identity)
    {
        if (!identity.IsTunnel && _byMac.Add(MacKey(identity.Mac, identity.Port), out FlowHandle handle) == FlowAddResult.Added)
        {
            _byMac[handle] = id;
        }
    }

    private void Unregister(in LbIdentity identity)
    {
        if (!identity.IsTunnel)
        {
            _ = _byMac.Remove(MacKey(identity.Mac, identity.Port));
        }
    }

    private struct Member
    {
        public LbIdentity Identity;
        public int Flows;
        public ushort Generation;
        public LbState State;
    }
}
