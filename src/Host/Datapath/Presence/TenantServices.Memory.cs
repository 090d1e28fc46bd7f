using System.Buffers.Binary;
using Weft.Host.Datapath.Machines;
using Weft.Packets;
using Weft.Sase;
using Weft.Services;

namespace Weft.Host.Datapath.Presence;

/// <summary>What tenants' services remember, as the owner tells its backup: first what it is and how many flows there may be, then records of flows.</summary>
internal sealed partial class TenantServices
{
    private const int CapacitiesLength = 2 * sizeof(int);

    private readonly byte[] _schema = new byte[ServiceSet.MaxSchemaBytes];

    /// <summary>Tenants that have had packets since they were told of last.</summary>
    private readonly HashSet<uint> _touched = [];
    private uint _lastTouched;

    public int Begin(uint vni, Span<byte> into)
    {
        if (!_byVni.TryGetValue(vni, out Machine? tenant) || tenant.Set.MaxRecordBytes > into.Length)
        {
            return 0;
        }

        int length = tenant.Set.WriteSchema(_schema);
        if (CapacitiesLength + length > into.Length)
        {
            return 0;
        }

        BinaryPrimitives.WriteInt32LittleEndian(into, tenant.Set.IPv4Capacity);
        BinaryPrimitives.WriteInt32LittleEndian(into[sizeof(int)..], tenant.Set.IPv6Capacity);
        _schema.AsSpan(0, length).CopyTo(into[CapacitiesLength..]);
        tenant.Set.BeginExport();
        Touch(vni);
        return CapacitiesLength + length;
    }

    public int Tell(uint vni, Span<byte> into, Timestamp now)
    {
        if (!_touched.Contains(vni) || !_byVni.TryGetValue(vni, out Machine? tenant))
        {
            return 0;
        }

        int length = tenant.Set.Export(into, now);
        if (length == 0)
        {
            _ = _touched.Remove(vni);
            _lastTouched = 0;
        }

        return length;
    }

    public int Tell(uint vni, in FlowKey4 flow, Span<byte> into, Timestamp now)
    {
        var own = new FlowKey4(flow.Source, flow.Destination, flow.Protocol, flow.SourcePort, flow.DestinationPort);
        return _byVni.TryGetValue(vni, out Machine? tenant) ? tenant.Set.ExportFlow(own, into, now) : 0;
    }

    public bool TryTake(uint vni, bool isFirst, ReadOnlySpan<byte> said, Timestamp now)
    {
        if (!_byVni.TryGetValue(vni, out Machine? tenant))
        {
            return false;
        }

        if (!isFirst)
        {
            return tenant.Set.ImportCopies(said, now) == ImportResult.Taken;
        }

        // What was known from an earlier time as the owner is not what the present one knows.
        tenant.Set.EndExport();
        tenant.Set.Forget();
        return said.Length >= CapacitiesLength
            && tenant.Set.BeginImport(said[CapacitiesLength..], BinaryPrimitives.ReadInt32LittleEndian(said), BinaryPrimitives.ReadInt32LittleEndian(said[sizeof(int)..]));
    }

    private void Touch(uint vni)
    {
        if (vni != _lastTouched)
        {
            _ = _touched.Add(vni);
            _lastTouched = vni;
        }
    }
}
