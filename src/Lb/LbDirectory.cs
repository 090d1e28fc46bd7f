using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Lb;

/// <summary>The members: records name them by place and generation, so that removing or changing one touches no record.</summary>
internal sealed class LbDirectory : IDisposable
{
    private readonly Member[] _members;

    /// <summary>Generations of the members, 0 where there is none: all that a reply asks, side by side.</summary>
    private readonly ushort[] _generations;
    private readonly FlowTable<ulong, LbId> _byMac;
    private readonly FlowTable<TunnelKey, LbId> _byTunnel;
    private readonly KeyedHash _hash;

    public LbDirectory(int capacity, HashSeed seed)
    {
        _members = new Member[capacity];
        _generations = new ushort[capacity];
        _byMac = new FlowTable<ulong, LbId>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        _byTunnel = new FlowTable<TunnelKey, LbId>(new FlowTableOptions { Capacity = capacity, Seed = seed });
        _hash = new KeyedHash(seed);
    }

    public bool TryAdd(in LbIdentity identity, out LbId id, out bool wrapped)
    {
        (id, wrapped) = (LbId.None, false);
        int place = Array.FindIndex(_members, member => member.State == LbState.Removed);
        if (place < 0 || !Find(in identity).IsNone)
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
        _generations[place] = member.Generation;
        Register(id, in identity);
        return true;
    }

    /// <summary>Puts a member back to the place and generation that it had, in a directory without members.</summary>
    /// <returns>False if the place or the name is none or taken.</returns>
    public bool TryRestore(LbId id, in LbIdentity identity, LbState state)
    {
        bool possible = !id.IsNone && id.Index < _members.Length && _generations[id.Index] == 0 && state != LbState.Removed && Find(in identity).IsNone;
        if (!possible)
        {
            return false;
        }

        _members[id.Index] = new Member { Identity = identity, Generation = id.Generation, State = state };
        _generations[id.Index] = id.Generation;
        Register(id, in identity);
        return true;
    }

    public bool TryUpdate(LbId id, in LbIdentity identity)
    {
        if (!IsMember(id))
        {
            return false;
        }

        LbId taken = Find(in identity);
        if (!taken.IsNone && taken != id)
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
            _generations[id.Index] = 0;
        }

        _members[id.Index].State = state;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsMember(LbId id)
    {
        ushort[] generations = _generations;
        return id.Index < generations.Length && generations[id.Index] == id.Generation && id.Generation != 0;
    }

    public ref readonly LbIdentity Identity(LbId id) => ref _members[id.Index].Identity;

    public LbState State(LbId id) => IsMember(id) ? _members[id.Index].State : LbState.Removed;

    public ref int Flows(LbId id) => ref _members[id.Index].Flows;

    public bool TryMatch(MacAddress source, ushort port, out LbId id)
    {
        FlowHandle handle = _byMac.Find(MacKey(source, port));
        id = handle.IsNone ? LbId.None : _byMac[handle];
        return !handle.IsNone;
    }

    public bool TryMatch(IPv6Address remote, uint tunnelKey, out LbId id)
    {
        FlowHandle handle = _byTunnel.Find(new TunnelKey(remote, tunnelKey));
        id = handle.IsNone ? LbId.None : _byTunnel[handle];
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

    /// <summary>Places that may hold a member.</summary>
    public int Places => _members.Length;

    /// <summary>The member at a place, if there is one.</summary>
    public LbId At(int place) => new((ushort)place, _generations[place]);

    public void Dispose()
    {
        _byMac.Dispose();
        _byTunnel.Dispose();
    }

    private static ulong MacKey(MacAddress mac, ushort port) => (mac.Value << 16) | port;

    private LbId Find(in LbIdentity identity)
    {
        _ = identity.IsTunnel ? TryMatch(identity.TunnelRemote, identity.TunnelKey, out LbId id) : TryMatch(identity.Mac, identity.Port, out id);
        return id;
    }

    private void Register(LbId id, in LbIdentity identity)
    {
        if (identity.IsTunnel)
        {
            _ = _byTunnel.Add(new TunnelKey(identity.TunnelRemote, identity.TunnelKey), out FlowHandle handle);
            _byTunnel[handle] = id;
        }
        else
        {
            _ = _byMac.Add(MacKey(identity.Mac, identity.Port), out FlowHandle handle);
            _byMac[handle] = id;
        }
    }

    private void Unregister(in LbIdentity identity)
    {
        _ = identity.IsTunnel ? _byTunnel.Remove(new TunnelKey(identity.TunnelRemote, identity.TunnelKey)) : _byMac.Remove(MacKey(identity.Mac, identity.Port));
    }

    /// <summary>A tunnel, as 24 bytes without padding.</summary>
    private readonly struct TunnelKey(IPv6Address remote, uint key)
    {
        private readonly ulong _high = remote.High;
        private readonly ulong _low = remote.Low;
        private readonly ulong _key = key;
    }

    private struct Member
    {
        public LbIdentity Identity;
        public int Flows;
        public ushort Generation;
        public LbState State;
    }
}
