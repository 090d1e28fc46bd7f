using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>One fragment of a random trace.</summary>
public sealed record ReassemblyStep(int Source, int Vni, int Id, int Total, int Units, int Length, int Ecn, int WaitMilliseconds);

/// <summary>Reassembly as one would write it in an hour: a dictionary of lists of pieces.</summary>
internal sealed class NaiveReassembler(ReassemblyOptions options)
{
    private readonly Dictionary<(FragmentSource Source, uint Id), Frame> _frames = [];

    public ReassemblyVerdict Add(FragmentSource source, FragmentInfo info, byte[] data, int ecn, Timestamp now, out byte[]? complete)
    {
        complete = null;
        int end = info.Offset + data.Length;
        bool last = end == info.TotalLength;
        if (data.Length == 0 || info.TotalLength == 0 || end > info.TotalLength)
        {
            return ReassemblyVerdict.BadBounds;
        }

        if (info.TotalLength > options.MaxDatagramBytes)
        {
            return ReassemblyVerdict.TooLong;
        }

        if (info.Offset == 0 && data.Length < 14)
        {
            return ReassemblyVerdict.HeaderSplit;
        }

        if (!last && (data.Length % 8 != 0 || data.Length < options.MinFragmentBytes))
        {
            return ReassemblyVerdict.TooSmall;
        }

        if (last && info.Offset == 0)
        {
            return ReassemblyVerdict.Atomic;
        }

        // Frames whose time is over count for quotas until somebody meets or sweeps them.
        if (_frames.TryGetValue((source, info.DatagramId), out Frame? frame) && frame.Deadline <= now)
        {
            _frames.Remove((source, info.DatagramId));
            frame = null;
        }

        if (frame is null)
        {
            if (_frames.Keys.Count(key => key.Source.Remote == source.Remote) >= options.MaxPerSource)
            {
                return ReassemblyVerdict.SourceQuota;
            }

            if (_frames.Keys.Count(key => key.Source.Vni == source.Vni) >= options.MaxPerVni)
            {
                return ReassemblyVerdict.VniQuota;
            }

            frame = new Frame(info.TotalLength, now + options.Timeout);
            _frames.Add((source, info.DatagramId), frame);
        }

        if (frame.Dead)
        {
            return ReassemblyVerdict.Discarded;
        }

        if (frame.Total != info.TotalLength)
        {
            frame.Dead = true;
            return ReassemblyVerdict.LengthConflict;
        }

        foreach ((int offset, byte[] piece, _) in frame.Pieces)
        {
            if (offset == info.Offset && piece.Length == data.Length)
            {
                return ReassemblyVerdict.Duplicate;
            }

            if (offset < end && info.Offset < offset + piece.Length)
            {
                frame.Dead = true;
                return ReassemblyVerdict.Overlap;
            }
        }

        int[] marks = [.. frame.Pieces.Select(piece => piece.Ecn), ecn];
        if (marks.Contains(3) && marks.Contains(0))
        {
            frame.Dead = true;
            return ReassemblyVerdict.EcnConflict;
        }

        frame.Pieces.Add((info.Offset, data, ecn));
        if (frame.Pieces.Sum(piece => piece.Data.Length) < frame.Total)
        {
            return ReassemblyVerdict.Stored;
        }

        complete = [.. frame.Pieces.OrderBy(piece => piece.Offset).SelectMany(piece => piece.Data)];
        _frames.Remove((source, info.DatagramId));
        return ReassemblyVerdict.Completed;
    }

    private sealed class Frame(int total, Timestamp deadline)
    {
        public int Total { get; } = total;

        public Timestamp Deadline { get; } = deadline;

        public bool Dead { get; set; }

        public List<(int Offset, byte[] Data, int Ecn)> Pieces { get; } = [];
    }
}
