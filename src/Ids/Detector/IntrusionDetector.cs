using Weft.Packets;

namespace Weft.Ids;

/// <summary>
/// Compares packets with rules. It is handed packets and the time and says what to do with each and which rules matched; it
/// does no I/O. One thread uses one detector; <see cref="Swap"/> alone may be called from another.
/// </summary>
/// <remarks>
/// <para>
/// Fragments and segments are put together first, so that a match is found wherever it was cut. A watching detector looks at
/// what the receiver acknowledged; an inline one looks at bytes when they come, and where the same place of a stream comes
/// twice, the bytes that came first count for the receiver, too (<see cref="InspectAndNormalize"/>).
/// </para>
/// <para>Nothing is allocated for a packet.</para>
/// </remarks>
public sealed class IntrusionDetector : IDisposable
{
    private readonly DetectorOptions _options;
    private readonly DetectorMeter _meter = new();
    private readonly PacketInspector _inspector;
    private ImageScratch _scratch;
    private ImageScratch? _next;
    private int _generation;

    /// <summary>Allocates all that the detector will need.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public IntrusionDetector(RuleImage image, DetectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _scratch = new ImageScratch(image, options.Completion);
        _inspector = new PacketInspector(options, _meter);
        _inspector.Use(_scratch, _generation);
    }

    /// <summary>What was done so far.</summary>
    public ref readonly DetectorCounters Counters => ref _meter.Counters;

    /// <summary>The rules in use.</summary>
    public RuleImage Image => _scratch.Image;

    /// <summary>
    /// A number that conversations which begin from now on carry, such as that of the port of the next packet; it means nothing to the detector.
    /// <see cref="Conversation.Tag"/> has it.
    /// </summary>
    public uint Tag
    {
        get => _inspector.Tag;
        set => _inspector.Tag = value;
    }

    /// <summary>
    /// Exchanges the rules, from any thread, without a lock: the next packet is inspected with the new ones. Conversations,
    /// streams and thresholds live on; what a stream's window holds is compared with the new rules; flow bits, which belong to
    /// the rules, begin anew.
    /// </summary>
    public void Swap(RuleImage next) => Volatile.Write(ref _next, new ImageScratch(next, _options.Completion));

    /// <summary>Inspects one packet.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Where its headers are.</param>
    /// <param name="now">The time; it does not go back.</param>
    /// <param name="alerts">Receives the alerts, the most urgent action first.</param>
    /// <param name="alertCount">Alerts that were written; those without room are counted in <see cref="DetectorCounters.AlertsLost"/>.</param>
    public Verdict Inspect(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, Span<Alert> alerts, out int alertCount)
    {
        TakeNext();
        return _inspector.Inspect(frame, default, in layout, now, alerts, out alertCount, out _);
    }

    /// <summary>
    /// As <see cref="Inspect"/>, and changes a segment whose bytes differ from those that came before in the same place of the
    /// stream to these, checksum included: receiver and detector see the same stream.
    /// </summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Where its headers are.</param>
    /// <param name="now">The time; it does not go back.</param>
    /// <param name="alerts">Receives the alerts, the most urgent action first.</param>
    /// <param name="alertCount">Alerts that were written.</param>
    /// <param name="isChanged">True if bytes of the frame were changed.</param>
    public Verdict InspectAndNormalize(Span<byte> frame, in PacketLayout layout, Timestamp now, Span<Alert> alerts, out int alertCount, out bool isChanged)
    {
        TakeNext();
        return _inspector.Inspect(frame, _options.IsInline ? frame : default, in layout, now, alerts, out alertCount, out isChanged);
    }

    /// <summary>
    /// Looks at what is held of all conversations, acknowledged or not, and forgets them: the end of a capture. Call it again
    /// while it returns as many alerts as there is room for.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="alerts">Receives the alerts.</param>
    /// <returns>Alerts that were written.</returns>
    public int Finish(Timestamp now, Span<Alert> alerts)
    {
        TakeNext();
        return _inspector.Finish(now, alerts);
    }

    /// <summary>
    /// Forgets conversations that were closed five seconds ago or longer, or of which nothing was heard for so long that what came would
    /// belong to another one (60 seconds before it is established, 600 after, 300 without connections), and tells
    /// <see cref="DetectorOptions.Observer"/>. Without it they are forgotten when their places are needed.
    /// </summary>
    /// <param name="now">The time; it does not go back.</param>
    /// <param name="places">Places of the table that are looked at, from where the last call ended; one round at most. The cost is theirs.</param>
    /// <param name="alerts">Receives the alerts of what was held of them; those without room are counted in <see cref="DetectorCounters.AlertsLost"/>.</param>
    /// <returns>Alerts that were written.</returns>
    public int Sweep(Timestamp now, int places, Span<Alert> alerts)
    {
        TakeNext();
        return _inspector.Sweep(now, places, alerts);
    }

    /// <summary>What is known of the conversation that an alert is about; good until the next packet is handed in.</summary>
    /// <returns>False if it is no longer remembered.</returns>
    public bool TryGetConversation(in Alert alert, out Conversation conversation) => _inspector.TryGetConversation(in alert, out conversation);

    /// <summary>Frees the tables.</summary>
    public void Dispose() => _inspector.Dispose();

    private void TakeNext()
    {
        if (Volatile.Read(ref _next) is not null && Interlocked.Exchange(ref _next, null) is ImageScratch next)
        {
            _scratch = next;
            _inspector.Use(next, ++_generation);
        }
    }
}
