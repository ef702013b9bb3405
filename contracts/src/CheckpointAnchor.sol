// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title Checkpoint anchor
/// @notice An append-only list of the checkpoints of one transparency log. Once a tree size and its root hash stand
/// here, the log's operator cannot show anybody another past without the difference being provable.
/// @dev Deliberately without a proxy and without any function that changes or removes a checkpoint: not even the
/// administrator, who can only say who may anchor, can touch what has been anchored.
contract CheckpointAnchor is AccessControl {
    /// @notice What is known of one checkpoint of the log.
    /// @param treeSize Number of leaves of the tree.
    /// @param rootHash RFC 6962 root hash (SHA-256) of the tree of that size.
    struct Checkpoint {
        uint64 treeSize;
        bytes32 rootHash;
    }

    /// @notice Holders may anchor checkpoints.
    bytes32 public constant ANCHORER_ROLE = keccak256("ANCHORER_ROLE");

    Checkpoint[] private _checkpoints;

    /// @notice A checkpoint was anchored.
    /// @param index Its place in the list, from 0.
    /// @param treeSize Number of leaves of the tree.
    /// @param rootHash RFC 6962 root hash of the tree of that size.
    event CheckpointAnchored(uint256 indexed index, uint64 indexed treeSize, bytes32 rootHash);

    /// @notice The tree to anchor is not larger than the one anchored last (an empty tree never is).
    /// @param latestTreeSize Size of the tree anchored last, 0 when there is none.
    /// @param treeSize Size of the one refused.
    error TreeSizeNotGrowing(uint64 latestTreeSize, uint64 treeSize);
    /// @notice No tree has a root hash of zeros: the caller has lost it on the way.
    error ZeroRootHash();
    /// @notice Neither the administrator nor the anchorer may be the zero address.
    error ZeroAddress();
    /// @notice There is no checkpoint at this index.
    /// @param index The one asked for.
    /// @param count Number of checkpoints.
    error IndexOutOfRange(uint256 index, uint256 count);
    /// @notice No checkpoint of exactly this tree size has been anchored.
    /// @param treeSize The one asked for.
    error TreeSizeNotAnchored(uint64 treeSize);
    /// @notice Nothing has been anchored yet.
    error NothingAnchored();

    /// @notice Gives out the two roles; nothing is anchored yet.
    /// @param admin May grant and revoke the anchoring role.
    /// @param anchorer May anchor checkpoints.
    constructor(address admin, address anchorer) {
        if (admin == address(0) || anchorer == address(0)) revert ZeroAddress();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(ANCHORER_ROLE, anchorer);
    }

    /// @notice Appends a checkpoint. The tree must be larger than the one anchored last.
    /// @param treeSize Number of leaves of the tree, at least 1.
    /// @param rootHash RFC 6962 root hash of the tree of that size, not zero.
    /// @return index The checkpoint's place in the list.
    function anchor(uint64 treeSize, bytes32 rootHash) external onlyRole(ANCHORER_ROLE) returns (uint256 index) {
        if (rootHash == bytes32(0)) revert ZeroRootHash();
        index = _checkpoints.length;
        uint64 latestTreeSize = index == 0 ? 0 : _checkpoints[index - 1].treeSize;
        if (treeSize <= latestTreeSize) revert TreeSizeNotGrowing(latestTreeSize, treeSize);
        _checkpoints.push(Checkpoint(treeSize, rootHash));
        emit CheckpointAnchored(index, treeSize, rootHash);
    }

    /// @notice Number of checkpoints anchored so far.
    /// @return The number, which only grows.
    function count() external view returns (uint256) {
        return _checkpoints.length;
    }

    /// @notice The checkpoint at a place in the list.
    /// @param index From 0 to `count() - 1`, oldest first.
    /// @return treeSize Number of leaves of the tree.
    /// @return rootHash RFC 6962 root hash of the tree of that size.
    function checkpointAt(uint256 index) external view returns (uint64 treeSize, bytes32 rootHash) {
        if (index >= _checkpoints.length) revert IndexOutOfRange(index, _checkpoints.length);
        Checkpoint storage checkpoint = _checkpoints[index];
        return (checkpoint.treeSize, checkpoint.rootHash);
    }

    /// @notice The checkpoint anchored last. Reverts when there is none.
    /// @return treeSize Number of leaves of the tree.
    /// @return rootHash RFC 6962 root hash of the tree of that size.
    function latest() external view returns (uint64 treeSize, bytes32 rootHash) {
        if (_checkpoints.length == 0) revert NothingAnchored();
        Checkpoint storage checkpoint = _checkpoints[_checkpoints.length - 1];
        return (checkpoint.treeSize, checkpoint.rootHash);
    }

    /// @notice The place of the checkpoint of exactly this tree size.
    /// @dev A binary search, which a view call pays for; a mapping would cost each anchor another storage slot.
    /// @param treeSize Number of leaves of the tree.
    /// @return Its index; reverts when no checkpoint of that size has been anchored.
    function indexOf(uint64 treeSize) public view returns (uint256) {
        uint256 low = 0;
        uint256 high = _checkpoints.length;
        while (low < high) {
            uint256 middle = low + (high - low) / 2;
            if (_checkpoints[middle].treeSize < treeSize) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == _checkpoints.length || _checkpoints[low].treeSize != treeSize) revert TreeSizeNotAnchored(treeSize);
        return low;
    }

    /// @notice Whether a record is the leaf at `leafIndex` of the anchored tree of exactly `treeSize` leaves.
    /// @dev RFC 6962 section 2.1.1, by the verification algorithm of RFC 9162 section 2.1.3.2. The log's entry is the
    /// record's hash, so the leaf hash is SHA-256(0x00 || recordHash) and a node is SHA-256(0x01 || left || right).
    /// Reverts when that tree size has not been anchored: "unknown" must not be read as "not included".
    /// @param recordHash SHA-256 of the record's canonical form.
    /// @param leafIndex Place of the record in the log, from 0.
    /// @param treeSize Size of an anchored tree.
    /// @param proof Audit path, from the leaf's sibling up to the root's child.
    /// @return Whether the proof leads from the record to the anchored root.
    function verifyInclusion(bytes32 recordHash, uint64 leafIndex, uint64 treeSize, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 rootHash = _checkpoints[indexOf(treeSize)].rootHash;
        if (leafIndex >= treeSize) return false;

        uint64 node = leafIndex;
        uint64 last = treeSize - 1;
        bytes32 hash = sha256(abi.encodePacked(bytes1(0x00), recordHash));
        for (uint256 i = 0; i < proof.length; ++i) {
            if (last == 0) return false;
            if (node & 1 == 1 || node == last) {
                hash = sha256(abi.encodePacked(bytes1(0x01), proof[i], hash));
                // The last node of a level without a sibling moves up unchanged until it gets one.
                while (node & 1 == 0 && node != 0) {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = sha256(abi.encodePacked(bytes1(0x01), hash, proof[i]));
            }
            node >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == rootHash;
    }
}
