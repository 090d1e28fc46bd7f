using Weft.Host.Config;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Hears from a detector what conversations say, and puts what the configuration wants of it into the sensor's queue. Allocates nothing for it.</summary>
internal sealed class ConversationScribe(IdsOutlet outlet, EveTypes types) : IConversationObserver
{
    private const int VlanBits = 12;
    private const uint VlanMask = (1 << VlanBits) - 1;

    // Ports by the numbers that conversations carry; they outlive a reload, as conversations do.
    private readonly Dictionary<string, uint> _numbers = [];
    private readonly List<string> _names = [];
    private string _port = "";
    private uint _number;

    /// <summary>Whether anybody wants to know of conversations at all.</summary>
    public bool IsWanted => (types & (EveTypes.Flow | EveTypes.Messages)) != 0;

    /// <summary>The number for conversations that a frame begins.</summary>
    public uint TagOf(string port, ushort vlan)
    {
        if (!ReferenceEquals(port, _port) || _names.Count == 0)
        {
            if (!_numbers.TryGetValue(port, out _number))
            {
                _numbers[port] = _number = (uint)_names.Count;
                _names.Add(port);
            }

            _port = port;
        }

        return _number << VlanBits | vlan;
    }

    /// <inheritdoc/>
    public void OnMessage(in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp at)
    {
        EveTypes kind = conversation.App switch
        {
            AppProtocol.Http => message.BodyBytes > 0 ? EveTypes.Http | EveTypes.FileInfo : EveTypes.Http,
            AppProtocol.Dns => EveTypes.Dns,
            AppProtocol.Tls => EveTypes.Tls,
            _ => EveTypes.None,
        };
        if ((types & kind) != 0)
        {
            Post(IdsNoticeKind.Message, in conversation, in message, at);
        }
    }

    /// <inheritdoc/>
    public void OnEnd(in Weft.Ids.Conversation conversation)
    {
        if ((types & EveTypes.Flow) != 0)
        {
            Post(IdsNoticeKind.End, in conversation, default, conversation.LastSeen);
        }
    }

    private void Post(IdsNoticeKind kind, in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp at)
    {
        int number = (int)(conversation.Tag >> VlanBits);
        string port = number < _names.Count ? _names[number] : "";
        outlet.Post(kind, in conversation, in message, at, port, (ushort)(conversation.Tag & VlanMask));
    }
}
