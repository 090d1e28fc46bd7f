using System.Globalization;
using Weft.Encap;
using Weft.Host.Datapath.Keeping;

namespace Weft.Host.Datapath.Security;

/// <summary>
/// Sequence numbers of one key, taken in blocks from a file beside it. A number is the packet's nonce, and a key from a file
/// outlives the process: what one run may have used, the next must not use again (RFC 4106 section 3.1).
/// </summary>
/// <remarks>
/// The file says where the next run starts, and is written before the numbers below are used. A run that ends early leaves a
/// gap of at most one block, which sequence numbers may have. A block is far below 2^32, so that the receiver's idea of the
/// upper half (RFC 4303 appendix A) survives the gap.
/// </remarks>
internal sealed class SequenceLease
{
    /// <summary>Numbers of a block: seconds at full speed, and one part in 64 of a 32-bit association.</summary>
    public const ulong Block = 1 << 26;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly ulong _final;

    private SequenceLease(string path, ulong first, ulong final) => (_path, First, Last, _final) = (path, first, first - 1, final);

    /// <summary>The first number of this run.</summary>
    public ulong First { get; }

    /// <summary>The last number that may be used now.</summary>
    public ulong Last { get; private set; }

    /// <summary>Takes the first block.</summary>
    /// <exception cref="SwitchStartException">The file is damaged or cannot be written, or the numbers are used up.</exception>
    public static SequenceLease Take(string keyFile, bool extended)
    {
        string path = keyFile + ".sequence";
        try
        {
            ulong final = extended ? ulong.MaxValue : uint.MaxValue;
            ulong first = 1;
            if (File.Exists(path) && !ulong.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out first))
            {
                throw new SwitchStartException($"{path} says nothing about the key's next sequence number; use another key");
            }

            if (first == 0 || first > final)
            {
                throw new SwitchStartException($"the key in {keyFile} has used up its sequence numbers; use another");
            }

            var lease = new SequenceLease(path, first, final);
            lease.Write();
            return lease;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SwitchStartException($"the sequence numbers of the key in {keyFile} cannot be kept in {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Takes another block if less than half of one is left, and tells the association.</summary>
    /// <returns>False if there was no need, no number is left or the file cannot be written: the association then stops by itself.</returns>
    public bool Renew(EspOutboundSa association)
    {
        lock (_gate)
        {
            if (Last >= _final || Last - association.NextSequence + 1 > Block / 2)
            {
                return false;
            }

            try
            {
                Write();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return false;
            }

            association.ExtendTo(Last);
            return true;
        }
    }

    private void Write()
    {
        ulong last = _final - Last < Block ? _final : Last + Block;
        // The last number of all leaves 0 in the file: nothing is left for another run.
        string next = unchecked(last + 1).ToString(CultureInfo.InvariantCulture) + "\n";
        AtomicFile.Write(_path, System.Text.Encoding.ASCII.GetBytes(next));
        Last = last;
    }
}
