using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>A set that is told of another one's flows for as long as that one lives, and goes on with them when it does not.</summary>
public sealed partial class ServiceSet
{
    private bool _copies;

    /// <summary>Writes what is remembered of one flow, ahead of its turn. Costs one lookup.</summary>
    /// <param name="flow">The flow, as it is named on either side, in either direction.</param>
    /// <param name="into">At least <see cref="MaxRecordBytes"/> bytes.</param>
    /// <param name="now">The time.</param>
    /// <returns>Bytes written; 0 if the flow is not known.</returns>
    public int ExportFlow(in FlowKey4 flow, Span<byte> into, Timestamp now)
    {
        FlowHandle handle = _flows4.Find(flow);
        return handle.IsNone || into.Length < MaxRecordBytes ? 0 : Write(_flows4, KindIPv4, handle.Index, into, now);
    }

    /// <summary>
    /// Takes over what another set remembers at the moment, as <see cref="Import"/> does; packets may go by before this set sees the next one of a flow
    /// (<see cref="IService{TState}.CatchUp"/>).
    /// </summary>
    /// <param name="records">What the other set's <see cref="Export"/> gave.</param>
    /// <param name="now">The time.</param>
    public ImportResult ImportCopies(ReadOnlySpan<byte> records, Timestamp now)
    {
        _copies = true;
        ImportResult result = Import(records, now);
        _copies = false;
        return result;
    }
}
