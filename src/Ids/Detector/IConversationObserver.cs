using Weft.Packets;

namespace Weft.Ids;

/// <summary>
/// Is told what conversations say and when they end, for records beside alerts. Called on the detector's thread while a packet
/// is inspected; what is handed in is good until the call returns.
/// </summary>
public interface IConversationObserver
{
    /// <summary>
    /// A message was read: an HTTP request with its response (or without, when the connection ended first), a message of DNS,
    /// or a server's part of a TLS handshake.
    /// </summary>
    /// <param name="conversation">Whose it is; its fields are the message's.</param>
    /// <param name="message">The message.</param>
    /// <param name="at">Time of the packet that completed it.</param>
    void OnMessage(in Conversation conversation, in AppMessage message, Timestamp at);

    /// <summary>A conversation ended, gave way to another one, or was forgotten at the end of a capture.</summary>
    /// <param name="conversation">What is known of it.</param>
    void OnEnd(in Conversation conversation);
}
