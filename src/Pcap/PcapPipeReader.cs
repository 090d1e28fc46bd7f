using System.Buffers;
using System.IO.Pipelines;

namespace Weft.Pcap;

/// <summary>
/// Reads pcap and pcapng from a pipe: the same records as <see cref="PcapReader"/> gives for the same bytes, however they
/// are cut on their way. A packet within one segment of the pipe is delivered in place, one across a border is copied once.
/// </summary>
/// <remarks>
/// What the bytes contain never throws, see <see cref="Error"/>. The pipe stays the caller's: it is not completed here. One
/// thread uses a reader at a time.
/// <code>
/// while (await reader.WaitToReadAsync())
/// {
///     while (reader.TryRead(out PcapPacket packet))
///     {
///         Handle(packet);
///     }
/// }
/// </code>
/// </remarks>
public sealed class PcapPipeReader
{
    private readonly PipeReader _pipe;
    private readonly CaptureDecoder _decoder;
    private byte[] _scratch;
    private ReadOnlySequence<byte> _rest;
    private int _needed = 1;
    private bool _holdsPipe;
    private bool _completed;
    private bool _finished;

    /// <summary>Reads <paramref name="pipe"/> from its present position, which counts as offset 0.</summary>
    /// <param name="pipe">The pipe; nobody else may read it.</param>
    /// <param name="options">Bounds; <see cref="PcapReaderOptions.BufferBytes"/> is the first size of the memory for packets across borders.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PcapPipeReader(PipeReader pipe, PcapReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        options = (options ?? PcapReaderOptions.Default).Validate();
        _pipe = pipe;
        _decoder = new CaptureDecoder(options);
        _scratch = GC.AllocateUninitializedArray<byte>(options.BufferBytes);
    }

    /// <summary>What the first bytes say; <see cref="PcapFormat.Unknown"/> until they have come.</summary>
    public PcapFormat Format => _decoder.Format;

    /// <summary>Why the reading stopped; <see cref="PcapError.None"/> at a proper end.</summary>
    public PcapError Error => _decoder.Error;

    /// <summary>Byte at which the record that was read last begins or, if <see cref="Error"/> is set, the damaged one.</summary>
    public long Offset => _decoder.Offset;

    /// <summary>Interfaces of the present section that have been described so far.</summary>
    public IReadOnlyList<PcapInterface> Interfaces => _decoder.Interfaces;

    /// <summary>What has been seen so far.</summary>
    public ref readonly PcapReaderCounters Counters => ref _decoder.Counters;

    /// <summary>Waits for more bytes. Call it when <see cref="TryRead"/> or <see cref="TryReadBlock"/> has returned false.</summary>
    /// <returns>
    /// True if it is worth trying again, which does not promise a packet; false at the end, at damage, and when
    /// <see cref="PipeReader.CancelPendingRead"/> was called.
    /// </returns>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        while (!_finished && Error == PcapError.None)
        {
            // Everything at hand has been examined: the pipe answers only when there is more, or no more to come.
            Release(_rest.End);
            ReadResult result = await _pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            _rest = result.Buffer;
            _holdsPipe = true;
            _completed = result.IsCompleted;
            if (result.IsCanceled)
            {
                // Nothing of it counts as examined, or the next wait would overlook what has come already.
                Release(_rest.Start);
                return false;
            }

            if (_completed || _rest.Length >= _needed)
            {
                return true;
            }
        }

        Release(_rest.End);
        return false;
    }

    /// <summary>Reads the next packet from the bytes that have come, and passes over blocks that hold none.</summary>
    /// <param name="packet">Valid until the reader is asked for anything else.</param>
    /// <returns>False if more bytes must come first: see <see cref="WaitToReadAsync"/>.</returns>
    public bool TryRead(out PcapPacket packet)
    {
        ReadOnlySpan<byte> available = _rest.FirstSpan;
        while (true)
        {
            DecodeStatus status = _decoder.DecodePacket(available, out packet, out int size);
            if (!Advance(status, size, ref available))
            {
                return status == DecodeStatus.Delivered;
            }
        }
    }

    /// <summary>Reads the next block of pcapng from the bytes that have come, whatever its type.</summary>
    /// <param name="block">Valid until the reader is asked for anything else.</param>
    /// <returns>False if more bytes must come first, at damage, and for pcap (<see cref="PcapError.NotPcapng"/>).</returns>
    public bool TryReadBlock(out PcapngBlock block)
    {
        ReadOnlySpan<byte> available = _rest.FirstSpan;
        while (true)
        {
            DecodeStatus status = _decoder.DecodeBlock(available, out block, out int size);
            if (!Advance(status, size, ref available))
            {
                return status == DecodeStatus.Delivered;
            }
        }
    }

    /// <summary>Does what a step asks for; false if the caller's step was the last.</summary>
    private bool Advance(DecodeStatus status, int size, ref ReadOnlySpan<byte> available)
    {
        switch (status)
        {
            case DecodeStatus.Delivered:
                _rest = _rest.Slice(size);
                return false;
            case DecodeStatus.Passed:
                _rest = _rest.Slice(size);
                available = _rest.FirstSpan;
                return true;
            case DecodeStatus.NeedMore when _rest.Length >= size:
                available = Gather(size);
                return true;
            case DecodeStatus.NeedMore:
                _needed = size;
                Finish();
                return false;
            default:
                _finished = true;
                return false;
        }
    }

    private ReadOnlySpan<byte> Gather(int size)
    {
        if (_scratch.Length < size)
        {
            // The bytes are at hand, so a length that lies cannot ask for more than was sent.
            _scratch = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Max(size, 2L * _scratch.Length), Array.MaxLength));
        }

        _rest.Slice(0, size).CopyTo(_scratch);
        return _scratch.AsSpan(0, size);
    }

    private void Finish()
    {
        if (_completed)
        {
            _decoder.EndOfInput(_rest.Length);
            _finished = true;
        }
    }

    private void Release(SequencePosition examined)
    {
        if (_holdsPipe)
        {
            _pipe.AdvanceTo(_rest.Start, examined);
            _rest = default;
            _holdsPipe = false;
        }
    }
}
