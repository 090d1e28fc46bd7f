namespace Weft.Ids;

/// <summary>Memory of all conversations whose application's messages are being read: for each direction a head and a body.</summary>
internal sealed class AppStore
{
    /// <summary>Rules that are remembered to have matched a message, and as many that wait for its body.</summary>
    public const int RulesPerMessage = 64;

    private readonly AppDirection[] _directions;
    private readonly byte[] _heads;
    private readonly byte[] _bodies;
    private readonly int[] _rules;
    private readonly int _headSize;
    private readonly int _bodySize;

    public AppStore(int capacity, int headSize, int bodySize)
    {
        (_headSize, _bodySize) = (headSize, bodySize);
        Slots = new LruSlots(capacity);
        _directions = new AppDirection[2 * capacity];
        _heads = GC.AllocateUninitializedArray<byte>(checked(2 * capacity * headSize));
        _bodies = GC.AllocateUninitializedArray<byte>(checked(2 * capacity * bodySize));
        _rules = new int[4 * capacity * RulesPerMessage];
    }

    public LruSlots Slots { get; }

    /// <summary>Makes a place ready for a new conversation.</summary>
    public void Reset(int session)
    {
        _directions[2 * session] = default;
        _directions[2 * session + 1] = default;
    }

    public ref AppDirection this[int session, bool toServer] => ref _directions[Index(session, toServer)];

    public Span<byte> HeadOf(int session, bool toServer) => _heads.AsSpan(Index(session, toServer) * _headSize, _headSize);

    /// <summary>The head of the message that is being read, or of the one before.</summary>
    public ReadOnlySpan<byte> LastHeadOf(int session, bool toServer)
    {
        ref AppDirection side = ref this[session, toServer];
        return HeadOf(session, toServer)[..(side.HasHead ? side.HeadLength : side.LastHeadLength)];
    }

    public Span<byte> BodyOf(int session, bool toServer) => _bodies.AsSpan(Index(session, toServer) * _bodySize, _bodySize);

    public Span<int> MatchedOf(int session, bool toServer) => _rules.AsSpan(2 * Index(session, toServer) * RulesPerMessage, RulesPerMessage);

    public Span<int> PendingOf(int session, bool toServer) => _rules.AsSpan((2 * Index(session, toServer) + 1) * RulesPerMessage, RulesPerMessage);

    private static int Index(int session, bool toServer) => 2 * session + (toServer ? 0 : 1);
}
